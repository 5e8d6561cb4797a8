import { setTimeout as sleep } from 'node:timers/promises';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { answeredWithin, noFailure, ofKind, sentWithin } from '../checkers/outcomes.ts';
import { recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { refusedWell } from '../checkers/refusals.ts';
import { quantileMs, formatDurations } from '../checkers/traffic.ts';
import type { Operation } from '../load/operation.ts';
import { type Mix, edgeLivez, firstVisit, listValues, visit, whoami } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { globalCountOf } from './global-count.ts';

const mix: Mix = [
  [visit, 5],
  [firstVisit, 1],
  [listValues, 2],
  [whoami, 1],
  [edgeLivez, 1],
];
/** 500 ms for Redis and what is around it. */
const ANSWERED_WITHIN_MS = 600;
const RECOVERED_WITHIN_MS = 2_000;
const WATCHED_MS = 4_000;
/** Ask nothing of Redis. */
const WITHOUT_STORE = new Set([edgeLivez.name, whoami.name]);

const slowestMs = (operations: readonly Operation[]): number =>
  operations.length === 0 ? 0 : quantileMs(operations, 1);

export const redisPause: Scenario = {
  name: 'redis-pause',
  fault: 'SIGSTOP of Redis for 10 s (quick: 4 s)',
  load: 'requests of which a tenth come from somebody new',
  invariant: 'everybody is answered in time and knows when to come again, nobody loses a session or gets one',
  bound: 'answers within 600 ms, 503 with Retry-After, no Set-Cookie; all good again after 2 s, with the same sid',
  engines: ENGINES,
  needs: ['signals'],
  tier: 'quick',
  run: async ({ driver, edge, rate, load, expect, note, nowMs, isQuick }) => {
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(150), mix });
    await until('requests', () => running.operations.length > 300, 20_000);
    const pausedMs = nowMs();
    await driver.servers.pause('redis');
    await sleep(isQuick ? 4_000 : 10_000);
    const resumedMs = nowMs();
    await driver.servers.resume('redis');
    await sleep(WATCHED_MS);
    const operations = await running.stop();

    const during = operations.filter(({ invokedMs, endedMs }) => invokedMs < resumedMs && endedMs > pausedMs);
    const stored = during.filter(({ kind }) => !WITHOUT_STORE.has(kind));
    // What this machine takes for an answer of nothing is not the fleet's.
    const edgeMs = slowestMs(ofKind(during, edgeLivez.name));
    expect(answeredWithin(during, ANSWERED_WITHIN_MS + edgeMs));
    expect(noFailure(during.filter(({ kind }) => WITHOUT_STORE.has(kind))));
    expect(refusedWell(stored));
    expect(bounded('requests that were refused', stored.filter(isRefused).length, { least: 100 }));
    expect(recoversWithin(operations, resumedMs, RECOVERED_WITHIN_MS));
    // One session for each client, whatever it was answered.
    expect(sessionCounts(operations));
    expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    note(`slowest answer ${slowestMs(stored).toFixed(0)} ms, of the edge proxy itself ${edgeMs.toFixed(0)} ms`);
    note(`${stored.filter(isRefused).length} of ${stored.length} refused, ${formatDurations(stored)}`);
    note(`all good again after ${shown(recoveryMs(operations, resumedMs))}`);
    note(`${sentWithin(operations, resumedMs).length} requests after it`);
  },
};

const isRefused = ({ outcome }: Operation): boolean => outcome !== 'ok';
const shown = (ms: number | undefined): string => (ms === undefined ? 'never' : `${Math.round(ms)} ms`);
