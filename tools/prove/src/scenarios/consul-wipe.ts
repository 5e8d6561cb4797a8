import { SERVICE_NAMES } from '@nestfleet/contracts';
import { sessionCounts } from '../checkers/counting.ts';
import { noFailure, sentWithin } from '../checkers/outcomes.ts';
import { mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { untilRegistered } from './registered.ts';

const REGISTERED_WITHIN_MS = 6_000;

export const consulWipe: Scenario = {
  name: 'consul-wipe',
  fault: 'Consul is stopped, loses all its data and starts again',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'every replica is registered again, no request fails',
  bound: 'all entries within 6 s of Consul being ready, 0 failed',
  engines: ['local', 'docker'],
  tier: 'quick',
  run: async ({ driver, rate, load, expect, note, nowMs }) => {
    const running = await load({ perSecond: rate(50), mix: mixed });
    await until('requests', () => running.operations.length > 100, 20_000);
    const goneMs = nowMs();
    await driver.servers.stop('consul');
    await driver.servers.wipe('consul');
    await driver.servers.start('consul');
    const outageMs = Math.round(nowMs() - goneMs);
    const { tookMs, found } = await untilRegistered(driver, SERVICE_NAMES, REGISTERED_WITHIN_MS);
    expect(found);
    const registeredMs = nowMs();
    await until('requests after it', () => sentWithin(running.operations, registeredMs).length > 100, 20_000);
    const operations = await running.stop();
    expect(noFailure(operations));
    expect(sessionCounts(operations));
    note(`Consul unreachable for ${outageMs} ms, all entries ${tookMs} ms after it; ${operations.length} requests`);
  },
};
