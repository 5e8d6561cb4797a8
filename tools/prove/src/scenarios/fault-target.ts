import { allServe } from '../checkers/traffic.ts';
import { until } from '../client/until.ts';
import type { Replica } from '../driver/fleet-driver.ts';
import type { RunningLoad } from '../load/workers.ts';
import type { ScenarioContext } from '../runner/scenario.ts';

const REQUESTS_MIN = 200;
const ALL_SERVE_WITHIN_MS = 20_000;

type LoadOptions = Parameters<ScenarioContext['load']>[0];

/** openFaultTarget starts a load, waits until every api replica serves it, and draws the one that the fault is injected into. */
export async function openFaultTarget(
  { driver, random, load }: Pick<ScenarioContext, 'driver' | 'random' | 'load'>,
  options: LoadOptions,
): Promise<{ readonly running: RunningLoad; readonly victim: Replica }> {
  const running = await load(options);
  const live = await driver.ready('api');
  const names = live.map(({ servedBy }) => servedBy);
  const everyOneServes = (): boolean =>
    running.operations.length > REQUESTS_MIN && allServe(running.operations, names).holds;
  await until('all serve', everyOneServes, ALL_SERVE_WITHIN_MS);
  return { running, victim: random.of(live) };
}
