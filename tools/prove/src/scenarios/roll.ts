import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded, finding } from '../checkers/finding.ts';
import { noFailure } from '../checkers/outcomes.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { globalCountOf } from './global-count.ts';
import { untilRegistered } from './registered.ts';

const REGISTERED_WITHIN_MS = 6_000;

export const rollAll: Scenario = {
  name: 'roll',
  fault: 'rolling restart of the api, then of the gateways behind the edge proxy',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'no request fails, no visit is lost or counted twice, the catalog is right',
  bound: '0 failed; one entry per replica within 6 s of the last start',
  engines: ENGINES,
  tier: 'quick',
  run: async ({ driver, edge, rate, load, expect, note }) => {
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(100), mix: mixed });
    const old = await driver.ready('api');
    await driver.roll('api');
    // One that is alone is the edge proxy itself: its restart is an outage, as deploy/README says.
    const gateways = (await driver.ready('frontend-gateway')).length;
    if (gateways > 1) await driver.roll('frontend-gateway');
    const fresh = await driver.ready('api');
    const kept = fresh.filter((each) => old.some(({ instanceId }) => instanceId === each.instanceId));
    expect(
      finding(
        'every api replica is a new one',
        kept.map(({ instanceId }) => instanceId),
      ),
    );
    expect(bounded('replicas afterwards', fresh.length, { least: old.length, most: old.length }));
    const { found } = await untilRegistered(driver, ['api', 'frontend-gateway'], REGISTERED_WITHIN_MS);
    const operations = await running.stop();

    expect(noFailure(operations));
    expect(sessionCounts(operations));
    expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    expect(found);
    const lost = operations.filter(({ outcome }) => outcome !== 'ok').length;
    note(
      `${fresh.length} api and ${gateways > 1 ? gateways : 0} gateways replaced; ${operations.length} requests, ${lost} lost`,
    );
  },
};
