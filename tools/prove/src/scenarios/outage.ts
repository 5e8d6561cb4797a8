import { setTimeout as sleep } from 'node:timers/promises';
import { sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { answeredWithin, sentWithin } from '../checkers/outcomes.ts';
import { amplification, recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { formatDurations } from '../checkers/traffic.ts';
import { listValues, visit, whoami } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { failedAttemptCount } from './attempts.ts';

const PAUSED_MS = 8_000;
/** The gateway's deadline of 10 s, and what a busy machine adds. */
const ANSWERED_WITHIN_MS = 11_000;
const RECOVERED_WITHIN_MS = 10_000;
const WATCHED_MS = 14_000;

export const outage: Scenario = {
  name: 'outage',
  fault: 'SIGSTOP of all api replicas for 8 s',
  load: 'requests to the api',
  invariant: 'everybody is answered in time, retries do not multiply, and it recovers without help',
  bound: 'answers within 11 s; amplification at most 1.2; recovery within 10 s',
  engines: ENGINES,
  needs: ['signals'],
  // What a gateway attempts is read in its log.
  balancers: ['gateway'],
  tier: 'quick',
  run: async ({ driver, rate, load, expect, note, nowMs }) => {
    const mix = [
      [whoami, 5],
      [visit, 3],
      [listValues, 2],
    ] as const;
    const running = await load({ perSecond: rate(200), mix });
    await until('requests', () => running.operations.length > 400, 20_000);
    const all = await driver.ready('api');
    const pausedMs = nowMs();
    await Promise.all(all.map((replica) => driver.pause(replica)));
    await sleep(PAUSED_MS);
    await Promise.all(all.map((replica) => driver.resume(replica)));
    const resumedMs = nowMs();
    await sleep(WATCHED_MS);
    const operations = await running.stop();

    const during = sentWithin(operations, pausedMs, resumedMs);
    const done = during.filter(({ outcome }) => outcome === 'ok').length;
    // One that no replica was tried for would make the ratio look better than it is.
    const tried = during.filter(({ reason }) => reason !== '503 no_instance').length;
    const failed = failedAttemptCount(await driver.events('frontend-gateway', pausedMs));
    const ratio = amplification(done + failed, tried);
    expect(answeredWithin(operations, ANSWERED_WITHIN_MS));
    expect(bounded('amplification', ratio, { most: 1.2 }));
    expect(recoversWithin(operations, resumedMs, RECOVERED_WITHIN_MS));
    expect(sessionCounts(operations));
    note(
      `amplification ${ratio.toFixed(2)} (${failed} failed attempts), recovered after ${shown(recoveryMs(operations, resumedMs))}`,
    );
    note(`${during.length} requests in the outage, ${tried} tried, ${done} done, ${formatDurations(during)}`);
  },
};

const shown = (ms: number | undefined): string => (ms === undefined ? 'never' : `${Math.round(ms)} ms`);
