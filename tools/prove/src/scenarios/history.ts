import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { HISTORY_REPLICAS, underHistory } from './under-history.ts';

/** Before and after a kill. */
const CALM_MS = 5_000;

export const history: Scenario = {
  name: 'history',
  fault: 'kill -9 of one of five api replicas in the middle (quick: once, else four times)',
  load: 'clients with shared sessions, values and counters, each request to any replica',
  invariant:
    'no write of a field and no edit is lost, no ended session comes back, nothing is counted twice, every key that ' +
    'should expire does, nobody gets an id that did not exist',
  bound: 'all of the history, and of what Redis holds at every look',
  engines: ENGINES,
  needs: ['signals'],
  tier: 'quick',
  counts: { api: HISTORY_REPLICAS },
  run: async (context) => {
    const { driver, random, isQuick } = context;
    await underHistory(context, async () => {
      for (let times = isQuick ? 1 : 4; times > 0; times -= 1) {
        await sleep(CALM_MS);
        const victim = random.of(await driver.ready('api'));
        await driver.kill(victim);
        await sleep(CALM_MS);
        await driver.heal(victim);
      }
    });
  },
};
