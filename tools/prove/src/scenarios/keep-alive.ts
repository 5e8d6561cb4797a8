import { setTimeout as sleep } from 'node:timers/promises';
import { bounded } from '../checkers/finding.ts';
import { noFailure } from '../checkers/outcomes.ts';
import { type Mix, post, whoami } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';

const CLIENTS = 200;
const REST_MS = { least: 4_000, most: 6_000 };
const mix: Mix = [
  [whoami, 1],
  [post, 1],
];

/**
 * A connection that rests about as long as somebody on its way lets it rest: a request that meets the closing of its
 * connection is lost, since a POST may not be sent again.
 */
export const keepAlive: Scenario = {
  name: 'keep-alive',
  fault: 'none: connections rest for about as long as idle ones are kept on the way',
  load: `${CLIENTS} kept connections, a request on each every 4 to 6 s, half of them POST`,
  invariant: 'no request meets a connection that is just being closed',
  bound: '0 failed',
  engines: ENGINES,
  tier: 'all',
  run: async ({ load, random, expect, note, isQuick }) => {
    const minutes = isQuick ? 1 : 20;
    const rests = random.fork('rests');
    const running = await load({
      perSecond: 0,
      mix,
      workers: CLIENTS,
      connections: 'kept',
      restMs: () => REST_MS.least + rests.next() * (REST_MS.most - REST_MS.least),
      limitMs: (minutes + 1) * 60_000,
    });
    await sleep(minutes * 60_000);
    const operations = await running.stop();
    expect(noFailure(operations));
    expect(bounded('requests', operations.length, { least: minutes * CLIENTS * 8 }));
    note(`${operations.length} requests over ${CLIENTS} connections in ${minutes} minutes`);
    note(`${operations.filter(({ outcome }) => outcome !== 'ok').length} lost`);
  },
};
