import { noFailure } from '../checkers/outcomes.ts';
import { bounded } from '../checkers/finding.ts';
import { type Mix, post, slowGet, whoami } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';

const mix: Mix = [
  [whoami, 4],
  [post, 4],
  [slowGet(500), 2],
];

export const reload: Scenario = {
  name: 'reload',
  fault: 'HAProxy is reloaded 50 times (quick: 5)',
  load: 'requests over new and kept connections',
  invariant: 'no request fails',
  bound: '0 failed',
  engines: ['local'],
  balancers: ['haproxy-consul'],
  tier: 'quick',
  run: async ({ driver, rate, load, expect, note, isQuick }) => {
    const times = isQuick ? 5 : 50;
    const running = await load({ perSecond: rate(100), mix });
    for (let done = 0; done < times; done += 1) await driver.reloadEdge();
    const operations = await running.stop();
    expect(noFailure(operations));
    expect(bounded('requests', operations.length, { least: times * 10 }));
    note(
      `${times} reloads, ${operations.length} requests, ${operations.filter((each) => each.outcome !== 'ok').length} lost`,
    );
  },
};
