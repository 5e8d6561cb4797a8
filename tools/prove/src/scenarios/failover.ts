import { setTimeout as sleep } from 'node:timers/promises';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { sentWithin } from '../checkers/outcomes.ts';
import { recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { refusedWell } from '../checkers/refusals.ts';
import { lossWithin } from '../checkers/store-loss.ts';
import { type Mix, firstVisit, listValues, visit } from '../load/requests.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { globalCountOf } from './global-count.ts';

const mix: Mix = [
  [visit, 6],
  [firstVisit, 1],
  [listValues, 1],
];
/**
 * After the Sentinels name the new primary: a connection comes back after a second at the latest. Once in six runs the new
 * primary closed all connections again 2.2 s later, which is as often as Sentinels tell each other of it (every 2 s).
 */
const RECOVERED_WITHIN_MS = 4_000;
const WATCHED_MS = 6_000;
/** A Sentinel needs a second of silence, and then the votes of the others. */
const SWITCHED_WITHIN_MS = 20_000;
/** What a primary had not yet handed on when it died. */
const LOST_WITHIN_MS = 1_000;

type Sentinels = NonNullable<ScenarioContext['sentinels']>;

interface Failover {
  readonly name: string;
  readonly fault: string;
  readonly isPlanned: boolean;
  readonly tier: Scenario['tier'];
  /** Returns when another primary takes writes. @param down to be called when the old one takes none any more */
  readonly change: (sentinels: Sentinels, down: () => void) => Promise<void>;
}

const failover = ({ name, fault, isPlanned, tier, change }: Failover): Scenario => ({
  name,
  fault,
  load: 'visits of 8 sessions and of new ones',
  invariant: isPlanned
    ? 'nothing acknowledged is lost, nothing is counted twice, in each session and in all'
    : 'only what was acknowledged just before is lost, and it is counted',
  bound: isPlanned ? 'acked ≤ final ≤ acked + unknown' : 'nothing lost that is older than 1 s',
  engines: ['local'],
  tier,
  isBehindSentinels: true,
  run: async ({ sentinels, edge, rate, load, expect, note, nowMs }) => {
    if (!sentinels) throw new Error('no Sentinels watch this Redis');
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(150), mix });
    await until('requests', () => running.operations.length > 600, 20_000);
    const old = await sentinels.primary();
    const orderedMs = nowMs();
    const times = { downMs: orderedMs };
    await change(sentinels, () => (times.downMs = nowMs()));
    const backMs = nowMs();
    await sleep(WATCHED_MS);
    const operations = await running.stop();

    const next = await sentinels.primary();
    expect(bounded('primaries that are another one', next.port === old.port ? 0 : 1, { least: 1 }));
    expect(refusedWell(sentWithin(operations, orderedMs, backMs)));
    expect(recoversWithin(operations, backMs, RECOVERED_WITHIN_MS));
    if (isPlanned) {
      expect(sessionCounts(operations));
      expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    } else {
      const loss = lossWithin(operations, { downMs: times.downMs, upMs: backMs, windowMs: LOST_WITHIN_MS });
      expect(loss.found);
      note(`lost: ${loss.inSessions} visits of sessions, ${loss.inAll} of all`);
    }
    const count = (outcome: string): number => operations.filter((each) => each.outcome === outcome).length;
    note(`${operations.length} requests: ${count('ok')} done, ${count('fail')} refused, ${count('unknown')} unknown`);
    note(`another primary after ${Math.round(backMs - orderedMs)} ms`);
    note(`all good again ${Math.round(recoveryMs(operations, backMs) ?? Number.NaN)} ms after that`);
  },
});

export const failoverPlanned = failover({
  name: 'failover-planned',
  fault: 'the primary of three Redis servers hands over to a replica, ordered of one of three Sentinels',
  isPlanned: true,
  tier: 'quick',
  change: async (sentinels) => void (await sentinels.failover()),
});

export const failoverUnplanned = failover({
  name: 'failover-unplanned',
  fault: 'kill -9 of the primary of three Redis servers; three Sentinels make a replica the next one',
  isPlanned: false,
  tier: 'quick',
  change: async (sentinels, down) => {
    const old = await sentinels.primary();
    await old.kill();
    down();
    await until('the Sentinels name another one', async () => (await sentinels.primary()) !== old, SWITCHED_WITHIN_MS);
  },
});
