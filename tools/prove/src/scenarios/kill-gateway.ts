import { setTimeout as sleep } from 'node:timers/promises';
import { sessionCounts } from '../checkers/counting.ts';
import { finding } from '../checkers/finding.ts';
import { isInFlightAt, noFailure, sentWithin } from '../checkers/outcomes.ts';
import { mixed } from '../load/requests.ts';
import type { FleetDriver, Replica } from '../driver/fleet-driver.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';

/** What is sent so shortly after the death may still go over a connection that ends. */
const UNDETECTED_MS = 50;
const WATCHED_MS = 4_000;
/** From a slice to the rules of every node, on a busy one. */
const NODES_KNOW_MS = 2_000;
const UNLISTED_WITHIN_MS = 10_000;

export const killGateway: Scenario = {
  name: 'kill-gateway',
  fault: 'kill -9 of one of two gateways',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'what was on its way through it may be lost, nothing else',
  bound: '0 failed of what is sent 50 ms after it (Kubernetes: 2 s after the slices know)',
  engines: ENGINES,
  needs: ['signals'],
  needsTwoGateways: true,
  tier: 'quick',
  run: async ({ driver, random, rate, load, expect, note, nowMs }) => {
    const running = await load({ perSecond: rate(100), mix: mixed });
    await until('requests', () => running.operations.length > 200, 20_000);
    const victim = random.of(await driver.ready('frontend-gateway'));
    const orderedMs = nowMs();
    await driver.kill(victim);
    const deadMs = nowMs();
    const unlistedMs = await unlistedAfter(driver, victim, nowMs);
    await sleep(WATCHED_MS);
    await driver.heal(victim);
    const operations = await running.stop();

    const lost = operations.filter(({ outcome }) => outcome !== 'ok');
    // A Service sends new connections there until the nodes know, and nobody sends a request again for its client.
    const knownMs = driver.engine === 'kubernetes' ? unlistedMs + NODES_KNOW_MS : deadMs + UNDETECTED_MS;
    const early = lost.filter((each) => each.invokedMs < knownMs);
    const excused = early.filter((each) => isInFlightAt(orderedMs)(each) || each.invokedMs >= orderedMs);
    expect(noFailure(sentWithin(operations, knownMs)));
    expect(
      finding('before it none fails', early.length === excused.length ? [] : [`${early.length - excused.length} do`]),
    );
    expect(sessionCounts(operations));
    note(`${operations.length} requests, ${lost.length} lost, ${excused.length} of them in flight when it died`);
  },
};

/** When the catalog no longer passes it, where the way to it depends on that. */
async function unlistedAfter(driver: FleetDriver, { instanceId }: Replica, nowMs: () => number): Promise<number> {
  if (driver.engine !== 'kubernetes') return nowMs();
  const isUnlisted = async (): Promise<boolean> =>
    !(await driver.entries('frontend-gateway')).some(
      (each) => each.instanceId === instanceId && each.health === 'passing',
    );
  await until('the catalog no longer passes it', isUnlisted, UNLISTED_WITHIN_MS);
  return nowMs();
}
