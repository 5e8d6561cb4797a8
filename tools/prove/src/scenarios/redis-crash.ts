import { setTimeout as sleep } from 'node:timers/promises';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { sentWithin } from '../checkers/outcomes.ts';
import { recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { refusedWell } from '../checkers/refusals.ts';
import { lossWithin } from '../checkers/store-loss.ts';
import type { Fsync } from '../driver/bring-up.ts';
import { type Mix, firstVisit, listValues, visit } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { globalCountOf } from './global-count.ts';

const mix: Mix = [
  [visit, 6],
  [firstVisit, 1],
  [listValues, 1],
];
const DOWN_MS = 1_500;
/** A connection comes back after a second at the latest. */
const RECOVERED_WITHIN_MS = 2_000;
const WATCHED_MS = 4_000;

interface Crash {
  readonly name: string;
  readonly how: 'stop' | 'kill';
  readonly fsync: Fsync;
  readonly tier: Scenario['tier'];
}

/** Nothing that was acknowledged may be lost: of a Redis that ends in order, and of one that writes before it answers. */
const isStrict = ({ how, fsync }: Crash): boolean => how === 'stop' || fsync === 'always';

const crash = (given: Crash): Scenario => ({
  name: given.name,
  fault: `${given.how === 'kill' ? 'kill -9' : 'SIGTERM'} of Redis, and its start after 1.5 s; appendfsync ${given.fsync}`,
  load: 'visits of 8 sessions and of new ones',
  invariant: isStrict(given)
    ? 'nothing acknowledged is lost, nothing is counted twice, in each session and in all'
    : 'only what was acknowledged just before is lost, and it is counted',
  bound: isStrict(given) ? 'acked ≤ final ≤ acked + unknown' : 'nothing lost that is older than 2 s',
  engines: ['local', 'docker'],
  tier: given.tier,
  fsync: given.fsync,
  run: async ({ driver, edge, rate, load, expect, note, nowMs }) => {
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(150), mix });
    await until('requests', () => running.operations.length > 600, 20_000);
    const orderedMs = nowMs();
    await driver.servers[given.how]('redis');
    const downMs = nowMs();
    await sleep(DOWN_MS);
    const upMs = nowMs();
    await driver.servers.start('redis');
    const backMs = nowMs();
    await sleep(WATCHED_MS);
    const operations = await running.stop();

    const down = sentWithin(operations, downMs, upMs);
    expect(bounded('requests that were sent while it was down', down.length, { least: rate(150) / 2 }));
    expect(refusedWell(sentWithin(operations, orderedMs, backMs)));
    expect(recoversWithin(operations, backMs, RECOVERED_WITHIN_MS));
    const loss = lossWithin(operations, { downMs, upMs });
    expect(loss.found);
    if (isStrict(given)) {
      expect(sessionCounts(operations));
      expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    }
    const count = (outcome: string): number => operations.filter((each) => each.outcome === outcome).length;
    note(`lost: ${loss.inSessions} visits of sessions, ${loss.inAll} of all`);
    note(`${operations.length} requests: ${count('ok')} done, ${count('fail')} refused, ${count('unknown')} unknown`);
    note(`all good again ${Math.round(recoveryMs(operations, backMs) ?? Number.NaN)} ms after its start`);
  },
});

export const redisRestart = crash({ name: 'redis-restart', how: 'stop', fsync: 'always', tier: 'quick' });
export const redisKill = crash({ name: 'redis-kill', how: 'kill', fsync: 'always', tier: 'quick' });
export const redisRestartEverysec = crash({
  name: 'redis-restart-everysec',
  how: 'stop',
  fsync: 'everysec',
  tier: 'core',
});
export const redisKillEverysec = crash({ name: 'redis-kill-everysec', how: 'kill', fsync: 'everysec', tier: 'core' });
