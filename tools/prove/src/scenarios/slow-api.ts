import { setTimeout as sleep } from 'node:timers/promises';
import { noFailure, sentWithin } from '../checkers/outcomes.ts';
import { shareWithin, formatShares, formatDurations } from '../checkers/traffic.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { openFaultTarget } from './fault-target.ts';

/** Until the balancer has seen it; its answers are counted after that. */
const DETECTED_MS = 2_000;
const WATCHED_MS = 10_000;

export const slowApi: Scenario = {
  name: 'slow-api',
  fault: 'one of three api replicas runs a tenth of the time',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'its part of the traffic falls, no request fails',
  bound: 'its part at most 20 %, 0 failed',
  engines: ENGINES,
  needs: ['signals'],
  // Others balance by turns or by connections, whatever the time that an answer takes.
  balancers: ['gateway'],
  tier: 'core',
  run: async (context) => {
    const { driver, rate, expect, note, nowMs } = context;
    const { running, victim } = await openFaultTarget(context, { perSecond: rate(100), mix: mixed });
    const stall = await driver.slow(victim, { factor: 10, limitMs: 2 * (DETECTED_MS + WATCHED_MS) });
    await sleep(DETECTED_MS);
    const fromMs = nowMs();
    await sleep(WATCHED_MS);
    await stall.release();
    const operations = await running.stop();

    const during = sentWithin(operations, fromMs, fromMs + WATCHED_MS).filter(({ kind }) => kind !== 'composed');
    expect(noFailure(operations));
    expect(shareWithin(during, victim.servedBy, { most: 0.2 }));
    note(`${victim.servedBy} slow: ${formatShares(during)}; ${formatDurations(during)}`);
    note(`before: ${formatDurations(sentWithin(operations, 0, fromMs - DETECTED_MS))}`);
  },
};
