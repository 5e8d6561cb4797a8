import { setTimeout as sleep } from 'node:timers/promises';
import { sessionCounts } from '../checkers/counting.ts';
import { finding } from '../checkers/finding.ts';
import { isInFlightAt, noFailure, sentWithin } from '../checkers/outcomes.ts';
import { mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';

/** What is sent so shortly after the death may still go over a connection that ends. */
const UNDETECTED_MS = 50;
const WATCHED_MS = 4_000;

export const killGateway: Scenario = {
  name: 'kill-gateway',
  fault: 'kill -9 of one of two gateways',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'what was on its way through it may be lost, nothing else',
  bound: '0 failed of what is sent 50 ms after it',
  engines: ['local', 'docker'],
  needsTwoGateways: true,
  tier: 'quick',
  run: async ({ driver, random, rate, load, expect, note, nowMs }) => {
    const running = await load({ perSecond: rate(100), mix: mixed });
    await until('requests', () => running.operations.length > 200, 20_000);
    const victim = random.of(await driver.ready('frontend-gateway'));
    const orderedMs = nowMs();
    await driver.kill(victim);
    const deadMs = nowMs();
    await sleep(WATCHED_MS);
    await driver.heal(victim);
    const operations = await running.stop();

    const lost = operations.filter(({ outcome }) => outcome !== 'ok');
    const early = lost.filter((each) => each.invokedMs < deadMs + UNDETECTED_MS);
    const excused = early.filter((each) => isInFlightAt(orderedMs)(each) || each.invokedMs >= orderedMs);
    expect(noFailure(sentWithin(operations, deadMs + UNDETECTED_MS)));
    expect(
      finding('before it none fails', early.length === excused.length ? [] : [`${early.length - excused.length} do`]),
    );
    expect(sessionCounts(operations));
    note(`${operations.length} requests, ${lost.length} lost, ${excused.length} of them in flight when it died`);
  },
};
