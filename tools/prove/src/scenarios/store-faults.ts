import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisSentinels } from '@nestfleet/redis/testing';
import { bounded } from '../checkers/finding.ts';
import { until } from '../client/until.ts';
import { ENGINES, type Fsync } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { storeFault } from './store-fault.ts';

const DOWN_MS = 1_500;

/** Nothing may be lost of a Redis that ends in order, and of one that writes before it answers. */
const crash = (name: string, how: 'stop' | 'kill', fsync: Fsync, tier: Scenario['tier']): Scenario =>
  storeFault({
    name,
    fault: `${how === 'kill' ? 'kill -9' : 'SIGTERM'} of Redis, and its start after 1.5 s; appendfsync ${fsync}`,
    engines: ENGINES,
    needs: ['signals'],
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
      // A kubelet waits for nobody.
      if (!driver.restartsByItself) await sleep(DOWN_MS);
      const upMs = driver.restartsByItself ? downMs : nowMs();
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
