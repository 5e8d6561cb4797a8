import { setTimeout as sleep } from 'node:timers/promises';
import { noFailure, sentWithin } from '../checkers/outcomes.ts';
import { allServe, shareWithin, sharesInWords, tookInWords } from '../checkers/traffic.ts';
import { mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';

/** Until the balancer has seen it; its answers are counted after that. */
const NOTICED_MS = 2_000;
const WATCHED_MS = 10_000;

export const slowApi: Scenario = {
  name: 'slow-api',
  fault: 'one of three api replicas runs a tenth of the time',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'its part of the traffic falls, no request fails',
  bound: 'its part at most 20 %, 0 failed',
  engines: ['local', 'docker'],
  // Others balance by turns or by connections, whatever the time that an answer takes.
  balancers: ['gateway'],
  tier: 'core',
  run: async ({ driver, random, rate, load, expect, note, nowMs }) => {
    const running = await load({ perSecond: rate(100), mix: mixed });
    const live = await driver.ready('api');
    const names = live.map(({ servedBy }) => servedBy);
    await until(
      'all serve',
      () => running.operations.length > 200 && allServe(running.operations, names).holds,
      20_000,
    );

    const victim = random.of(live);
    const stall = await driver.slow(victim, { factor: 10, limitMs: 2 * (NOTICED_MS + WATCHED_MS) });
    await sleep(NOTICED_MS);
    const fromMs = nowMs();
    await sleep(WATCHED_MS);
    await stall.release();
    const operations = await running.stop();

    const during = sentWithin(operations, fromMs, fromMs + WATCHED_MS).filter(({ kind }) => kind !== 'composed');
    expect(noFailure(operations));
    expect(shareWithin(during, victim.servedBy, { most: 0.2 }));
    note(`${victim.servedBy} slow: ${sharesInWords(during)}; ${tookInWords(during)}`);
    note(`before: ${tookInWords(sentWithin(operations, 0, fromMs - NOTICED_MS))}`);
  },
};
