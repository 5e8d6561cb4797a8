import { oneEntryPerReplica } from '../checkers/catalog.ts';
import { finding } from '../checkers/finding.ts';
import { noFailure } from '../checkers/outcomes.ts';
import { safeOnly } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { untilRegistered } from './registered.ts';

const REGISTERED_WITHIN_MS = 6_000;
/** A kubelet waits longer before each start of a container that dies again: with three replicas seven kills each take an hour. */
const ROUNDS = { quick: 6, all: 20 } as const;

export const restarts: Scenario = {
  name: 'restarts',
  fault: '20 × kill -9 of an api replica and its start (6 in the quick tier and on Kubernetes)',
  load: 'safe requests',
  invariant: 'after each, one passing entry for each live replica and no other',
  bound: 'entries right within 6 s of readiness, 0 failed',
  engines: ENGINES,
  needs: ['signals'],
  tier: 'quick',
  run: async ({ driver, random, isQuick, rate, load, expect, note }) => {
    const running = await load({ perSecond: rate(20), mix: safeOnly });
    const took: number[] = [];
    for (
      let round = 1, rounds = isQuick || driver.restartsByItself ? ROUNDS.quick : ROUNDS.all;
      round <= rounds;
      round += 1
    ) {
      const victim = random.of(await driver.ready('api'));
      await driver.kill(victim);
      await driver.heal(victim);
      const { tookMs, found } = await untilRegistered(driver, ['api'], REGISTERED_WITHIN_MS);
      took.push(tookMs);
      if (!found.holds) expect(finding(`round ${round}: ${found.claim}`, found.faults));
    }
    const live = (await driver.ready('api')).map(({ instanceId }) => instanceId);
    expect(oneEntryPerReplica(await driver.entries('api'), live));
    const operations = await running.stop();
    expect(noFailure(operations.filter(({ retryPolicy }) => retryPolicy === 'idempotent')));
    note(`${took.length} restarts, entries right after at most ${Math.max(...took)} ms; ${operations.length} requests`);
  },
};
