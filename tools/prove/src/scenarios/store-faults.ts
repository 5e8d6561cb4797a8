import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisSentinels } from '@nestfleet/redis/testing';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { sentWithin } from '../checkers/outcomes.ts';
import { recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { refusedWell } from '../checkers/refusals.ts';
import { lossWithin } from '../checkers/store-loss.ts';
import type { Fsync } from '../driver/bring-up.ts';
import { type Mix, firstVisit, listValues, visit } from '../load/requests.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { globalCountOf } from './global-count.ts';

const mix: Mix = [
  [visit, 6],
  [firstVisit, 1],
  [listValues, 1],
];
const PER_SECOND = 150;

/** When a store took no writes, on the clock of the history. */
interface Outage {
  readonly orderedMs: number;
  /** It was surely gone. */
  readonly downMs: number;
  /** It was surely not yet back. */
  readonly upMs: number;
  /** It takes writes again. */
  readonly backMs: number;
}

interface StoreFault extends Pick<Scenario, 'name' | 'fault' | 'engines' | 'tier' | 'fsync' | 'isBehindSentinels'> {
  /** Nothing that was acknowledged may be lost. */
  readonly isStrict: boolean;
  /** How long before the fault it may have been acknowledged where it may. */
  readonly lostWithinMs: number;
  /** It is down for at least so long. */
  readonly leastDownMs: number;
  readonly recoveredWithinMs: number;
  readonly watchedMs: number;
  /** What the time until all is good again is counted from, for the table. */
  readonly after: string;
  /** What must hold at the end, of what was done. */
  readonly afterwards?: (context: ScenarioContext) => Promise<void>;
  /** Returns when the store takes writes again. */
  readonly inject: (context: ScenarioContext) => Promise<Outage>;
}

const storeFault = ({
  isStrict,
  lostWithinMs,
  leastDownMs,
  recoveredWithinMs,
  watchedMs,
  after,
  afterwards,
  inject,
  ...given
}: StoreFault): Scenario => ({
  ...given,
  load: 'visits of 8 sessions and of new ones',
  invariant: isStrict
    ? 'nothing acknowledged is lost, nothing is counted twice, in each session and in all'
    : 'only what was acknowledged just before is lost, and it is counted',
  bound: isStrict ? 'acked ≤ final ≤ acked + unknown' : `nothing lost that is older than ${lostWithinMs / 1_000} s`,
  run: async (context) => {
    const { edge, rate, load, expect, note } = context;
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(PER_SECOND), mix });
    await until('requests', () => running.operations.length > 600, 20_000);
    const { orderedMs, downMs, upMs, backMs } = await inject(context);
    await sleep(watchedMs);
    const operations = await running.stop();
    await afterwards?.(context);

    const down = sentWithin(operations, downMs, upMs).length;
    const least = (rate(PER_SECOND) * leastDownMs) / 3_000;
    expect(bounded('requests that were sent while it was down', down, { least }));
    expect(refusedWell(sentWithin(operations, orderedMs, backMs)));
    expect(recoversWithin(operations, backMs, recoveredWithinMs));
    const loss = lossWithin(operations, { downMs, upMs, windowMs: lostWithinMs });
    expect(loss.found);
    if (isStrict) {
      expect(sessionCounts(operations));
      expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    }
    const count = (outcome: string): number => operations.filter((each) => each.outcome === outcome).length;
    note(`lost: ${loss.inSessions} visits of sessions, ${loss.inAll} of all`);
    note(`${operations.length} requests: ${count('ok')} done, ${count('fail')} refused, ${count('unknown')} unknown`);
    note(`all good again ${Math.round(recoveryMs(operations, backMs) ?? Number.NaN)} ms after ${after}`);
  },
});

const DOWN_MS = 1_500;

/** Nothing may be lost of a Redis that ends in order, and of one that writes before it answers. */
const crash = (name: string, how: 'stop' | 'kill', fsync: Fsync, tier: Scenario['tier']): Scenario =>
  storeFault({
    name,
    fault: `${how === 'kill' ? 'kill -9' : 'SIGTERM'} of Redis, and its start after 1.5 s; appendfsync ${fsync}`,
    engines: ['local', 'docker'],
    tier,
    fsync,
    isStrict: how === 'stop' || fsync === 'always',
    lostWithinMs: 2_000,
    leastDownMs: DOWN_MS,
    // A connection comes back after a second at the latest.
    recoveredWithinMs: 2_000,
    watchedMs: 4_000,
    after: 'its start',
    inject: async ({ driver, nowMs }) => {
      const orderedMs = nowMs();
      await driver.servers[how]('redis');
      const downMs = nowMs();
      await sleep(DOWN_MS);
      const upMs = nowMs();
      await driver.servers.start('redis');
      return { orderedMs, downMs, upMs, backMs: nowMs() };
    },
  });

export const redisRestart = crash('redis-restart', 'stop', 'always', 'quick');
export const redisKill = crash('redis-kill', 'kill', 'always', 'quick');
export const redisRestartEverysec = crash('redis-restart-everysec', 'stop', 'everysec', 'core');
export const redisKillEverysec = crash('redis-kill-everysec', 'kill', 'everysec', 'core');

/** A Sentinel needs a second of silence, and then the votes of the others. */
const SWITCHED_WITHIN_MS = 20_000;

interface Failover extends Pick<Scenario, 'name' | 'fault'> {
  readonly isPlanned: boolean;
  /** Returns when another primary takes writes. @param down to be called when the old one takes none any more */
  readonly change: (sentinels: RedisSentinels, down: () => void) => Promise<unknown>;
}

type Primary = Awaited<ReturnType<RedisSentinels['primary']>>;

const failover = ({ name, fault, isPlanned, change }: Failover): Scenario => {
  let old: Primary | undefined;
  return storeFault({
    name,
    fault,
    engines: ['local'],
    tier: 'quick',
    isBehindSentinels: true,
    isStrict: isPlanned,
    // What a primary had not yet handed on when it died.
    lostWithinMs: 1_000,
    leastDownMs: 0,
    // After the Sentinels name the new primary: a connection comes back after a second at the latest. Once in six runs the
    // new primary closed all connections again 2.2 s later, which is as often as Sentinels tell each other of it (every 2 s).
    recoveredWithinMs: 4_000,
    watchedMs: 6_000,
    after: 'that',
    // Behind the watch: a primary that comes back within it would show.
    afterwards: async ({ sentinels, expect }) => {
      const next = await sentinels?.primary();
      expect(bounded('primaries that are another one', next?.port === old?.port ? 0 : 1, { least: 1 }));
    },
    inject: async ({ sentinels, note, nowMs }) => {
      if (!sentinels) throw new Error('no Sentinels watch this Redis');
      old = await sentinels.primary();
      const orderedMs = nowMs();
      let downMs = orderedMs;
      await change(sentinels, () => (downMs = nowMs()));
      const backMs = nowMs();
      note(`another primary after ${Math.round(backMs - orderedMs)} ms`);
      return { orderedMs, downMs, upMs: backMs, backMs };
    },
  });
};

export const failoverPlanned = failover({
  name: 'failover-planned',
  fault: 'the primary of three Redis servers hands over to a replica, ordered of one of three Sentinels',
  isPlanned: true,
  change: (sentinels) => sentinels.failover(),
});

export const failoverUnplanned = failover({
  name: 'failover-unplanned',
  fault: 'kill -9 of the primary of three Redis servers; three Sentinels make a replica the next one',
  isPlanned: false,
  change: async (sentinels, down) => {
    const old = await sentinels.primary();
    await old.kill();
    down();
    await until('the Sentinels name another one', async () => (await sentinels.primary()) !== old, SWITCHED_WITHIN_MS);
  },
});
