import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { sessionCounts } from '../checkers/counting.ts';
import { bounded, finding } from '../checkers/finding.ts';
import { noFailure, ofKind, sentWithin } from '../checkers/outcomes.ts';
import type { FleetDriver, Replica } from '../driver/fleet-driver.ts';
import { composed, mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { untilRegistered } from './registered.ts';

/** Reconciled every 5 s ± a fifth. */
const REGISTERED_WITHIN_MS = 10_000;

export const consulOutage: Scenario = {
  name: 'consul-outage',
  fault: 'Consul is stopped for 60 s (20 s in the quick tier), in the middle gateways are restarted in order',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'no request fails, through gateways that have never seen Consul; afterwards the catalog is right',
  bound: '0 failed; one entry per replica within 10 s of Consul being ready',
  engines: ['local', 'docker'],
  needsTwoGateways: true,
  tier: 'quick',
  run: async ({ driver, random, isQuick, rate, load, expect, note, nowMs }) => {
    const running = await load({ perSecond: rate(50), mix: mixed });
    const outageMs = isQuick ? 20_000 : 60_000;
    await driver.servers.stop('consul');
    const goneMs = nowMs();
    await sleep(outageMs / 3);
    const rolledMs = nowMs();
    // Containers change their addresses, which edge proxies that ask Consul cannot learn now: of those one is left as it is.
    const before = await driver.ready('frontend-gateway');
    const meant = driver.engine === 'local' ? before : [random.of(before)];
    const fresh = await restartInPlace(driver, meant);
    const replacedMs = nowMs();
    const alone = await askEach(driver, fresh);
    await sleep(Math.max(outageMs / 4, outageMs - (replacedMs - goneMs)));
    await driver.servers.start('consul');
    const backMs = nowMs();
    const { tookMs, found } = await untilRegistered(driver, SERVICE_NAMES, REGISTERED_WITHIN_MS);
    expect(found);
    const operations = await running.stop();

    const last = sentWithin(operations, replacedMs, backMs);
    expect(finding('a gateway that has never seen Consul answers itself', alone));
    expect(noFailure(operations));
    expect(sessionCounts(operations));
    expect(bounded('requests to the gateways themselves meanwhile', ofKind(last, composed.name).length, { least: 10 }));
    const lost = (part: readonly (typeof operations)[number][]) =>
      part.filter(({ outcome }) => outcome !== 'ok').length;
    note(`Consul unreachable for ${Math.round((backMs - goneMs) / 1_000)} s, ${fresh.length} gateways restarted in it`);
    note(
      `not done: ${lost(sentWithin(operations, goneMs, rolledMs))} before, ` +
        `${lost(sentWithin(operations, rolledMs, replacedMs))} during, ${lost(last)} after it, of ${operations.length}`,
    );
    note(`entries right after ${tookMs} ms`);
  },
};

/**
 * Ends each of these replicas in order and starts it again, one after the other; there is never one more, as there is in
 * a roll. @returns the new ones
 */
async function restartInPlace(driver: FleetDriver, replicas: readonly Replica[]): Promise<Replica[]> {
  const fresh: Replica[] = [];
  for (const replica of replicas) {
    await driver.stop(replica);
    fresh.push(await driver.heal(replica));
  }
  return fresh;
}

const DIRECT_REQUESTS = 10;

/** Asks each of them past the edge proxy. @returns what was not answered with 200 */
async function askEach(driver: FleetDriver, gateways: readonly Replica[]): Promise<string[]> {
  const faults: string[] = [];
  for (const gateway of gateways)
    for (const path of ['/whoami', '/api/whoami'])
      for (let n = 0; n < DIRECT_REQUESTS; n += 1) {
        const { status, text } = await driver.ask(gateway, path);
        if (status !== 200) faults.push(`${gateway.servedBy} ${path}: ${status} ${text.slice(0, 200)}`);
      }
  return faults;
}
