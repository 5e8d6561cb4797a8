import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded, finding } from '../checkers/finding.ts';
import { noFailure, sentWithin } from '../checkers/outcomes.ts';
import { allServe, shares } from '../checkers/traffic.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { globalCountOf } from './global-count.ts';

const PART_WITHIN_MS = 5_000;

export const scale: Scenario = {
  name: 'scale',
  fault: 'the api is scaled 3 → 5 → 2 → 3',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'no request fails, new ones take part, removed ones do not',
  bound: '0 failed; new ones take part within 5 s',
  engines: ENGINES,
  tier: 'quick',
  run: async ({ driver, edge, rate, load, expect, note, nowMs }) => {
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(100), mix: mixed });
    await driver.scale('api', 5);
    const upMs = nowMs();
    const five = (await driver.ready('api')).map(({ servedBy }) => servedBy);
    const all = await until('all five serve', () => allServe(sentWithin(running.operations, upMs), five).holds, 20_000);
    expect(bounded('ms until the new ones took part', all.tookMs, { most: PART_WITHIN_MS }));

    await driver.scale('api', 2);
    const downMs = nowMs();
    const two = (await driver.ready('api')).map(({ servedBy }) => servedBy);
    await until('requests to the two', () => sentWithin(running.operations, downMs).length > 100, 20_000);
    const serving = [...shares(sentWithin(running.operations, downMs)).keys()];
    // A gateway that answers itself has its own name on it.
    const gone = serving.filter((name) => five.includes(name) && !two.includes(name));
    expect(finding('removed ones answer nothing', gone));
    await driver.scale('api', 3);
    const operations = await running.stop();

    expect(noFailure(operations));
    expect(sessionCounts(operations));
    expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    note(`${operations.length} requests, ${operations.filter(({ outcome }) => outcome !== 'ok').length} lost`);
    note(`new ones took part after ${all.tookMs} ms`);
  },
};
