import { setTimeout as sleep } from 'node:timers/promises';
import { sessionCounts } from '../checkers/counting.ts';
import { answeredWithin, noFailure, sentWithin } from '../checkers/outcomes.ts';
import { allServe, inPercent, shares, formatDurations } from '../checkers/traffic.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { openFaultTarget } from './fault-target.ts';

const PAUSED_MS = 10_000;
/** The gateway's deadline of 10 s, and what a busy machine adds. */
const ANSWERED_WITHIN_MS = 11_000;
/** It may have been ejected for 10 s, and is tried once first. */
const BACK_WITHIN_MS = 20_000;

export const pauseApi: Scenario = {
  name: 'pause-api',
  fault: 'SIGSTOP of one of three api replicas for 10 s',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'no safe request fails, every request is answered; afterwards it takes its part again',
  bound: 'answers within 11 s; back within 20 s of SIGCONT',
  engines: ENGINES,
  needs: ['signals'],
  tier: 'quick',
  run: async (context) => {
    const { driver, rate, expect, note, nowMs } = context;
    const { running, victim } = await openFaultTarget(context, { perSecond: rate(100), mix: mixed });
    const pausedMs = nowMs();
    await driver.pause(victim);
    await sleep(PAUSED_MS);
    await driver.resume(victim);
    const resumedMs = nowMs();
    const isBack = () => allServe(sentWithin(running.operations, resumedMs), [victim.servedBy]).holds;
    const back = await until('it takes part again', isBack, BACK_WITHIN_MS);
    const operations = await running.stop();

    const during = sentWithin(operations, pausedMs, resumedMs);
    const safe = during.filter(({ retryPolicy }) => retryPolicy === 'idempotent');
    expect(noFailure(operations.filter(({ retryPolicy }) => retryPolicy === 'idempotent')));
    expect(answeredWithin(operations, ANSWERED_WITHIN_MS));
    expect(sessionCounts(operations));
    const lost = during.filter(({ outcome }) => outcome !== 'ok');
    note(`share ${inPercent(shares(during).get(victim.servedBy) ?? 0)}, safe ${formatDurations(safe)}`);
    note(`${lost.length} of ${during.length} not done; back after ${back.tookMs} ms`);
  },
};
