import { Check } from '../checkers/check.ts';
import { formatSentLoad } from '../load/sent.ts';
import { type RunningLoad, nowMs, startLoad } from '../load/workers.ts';
import { seededRandom } from '../load/random.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import type { RunningFleet } from './test-fleet.ts';

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  readonly tookMs: number;
  /** The load that clients sent, counted; empty for a skipped one. */
  readonly sent: string;
  /** What was measured, or why it was skipped. */
  readonly seen: readonly string[];
  readonly faults: readonly string[];
}

export interface Settings {
  readonly seed: number;
  readonly isQuick: boolean;
  readonly isAll?: boolean;
  /** No load is above this rate. */
  readonly perSecondMax: number;
}

/** What is left of a run. */
export interface Ran {
  readonly result: ScenarioResult;
  readonly loads: readonly RunningLoad[];
  /** Of the loads, and what else the scenario has recorded. */
  readonly histories: readonly (readonly object[])[];
}

/** Long above what any scenario takes. */
const LOAD_LIMIT_MS = 10 * 60_000;
const WORKERS = 8;

/**
 * One scenario on a fleet that stands. Whatever it does, its loads are stopped and its faults undone.
 * @returns its result, and what it has recorded
 */
export async function runScenario(
  scenario: Scenario,
  { driver, edge, sentinels, network, releases }: RunningFleet,
  { seed, isQuick, isAll = false, perSecondMax }: Settings,
): Promise<Ran> {
  const check = new Check();
  const loads: RunningLoad[] = [];
  const kept: (readonly object[])[] = [];
  const startMs = performance.now();
  const random = seededRandom(seed).fork(scenario.name);
  const context: ScenarioContext = {
    driver,
    edge,
    sentinels,
    network,
    releases,
    random,
    isQuick,
    isAll,
    nowMs,
    rate: (perSecond) => Math.min(perSecond, perSecondMax),
    load: async (plan) => {
      const whole = { workers: WORKERS, limitMs: LOAD_LIMIT_MS, ...plan };
      const load = await startLoad(edge, whole, random.fork(`load ${loads.length}`));
      loads.push(load);
      return load;
    },
    keep: (records) => void kept.push(records),
    expect: (found) => check.finds(found),
    note: (words) => check.note(words),
  };
  const early = await scenario.run(context).then(noFault, inWords);
  const late = await Promise.all(loads.map((load) => load.stop()))
    .then(() => driver.undo())
    .then(noFault, inWords);
  const ended = [early && `ended early: ${early}`, late && `could not be undone: ${late}`].filter(Boolean) as string[];
  const faults = [...check.faults, ...ended, ...(check.ran === 0 && ended.length === 0 ? ['nothing was checked'] : [])];
  const histories = [...loads.map(({ operations }) => operations), ...kept];
  const result: ScenarioResult = {
    scenario,
    sent: formatSentLoad(histories),
    verdict: faults.length > 0 ? 'failed' : 'passed',
    tookMs: performance.now() - startMs,
    seen: check.notes,
    faults,
  };
  return { result, loads, histories };
}

const noFault = (): undefined => undefined;

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
