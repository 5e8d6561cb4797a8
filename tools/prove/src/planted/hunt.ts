import { scenarios } from '../../scenarios/all.ts';
import type { Balancer } from '../fleet/bring-up.ts';
import { buildPlanted } from '../fleet/variants.ts';
import { type Settings, runScenario } from '../scenario/run-scenario.ts';
import { openStage } from '../scenario/stage.ts';
import type { PlantedBug } from './planted-bug.ts';

/** Whether one run of a scenario has found one bug. */
export interface Hunt {
  readonly bug: string;
  readonly isFound: boolean;
  /** The first fault that names it, else what was seen instead. */
  readonly words: string;
}

export interface HuntPlan {
  readonly balancer: Balancer;
  readonly times: number;
  readonly settings: Settings;
}

/** Builds bugs in, together, and runs what looks for them, each time on the same fleet. Processes only. */
export async function hunt(bugs: readonly PlantedBug[], { balancer, times, settings }: HuntPlan): Promise<Hunt[]> {
  const [scenario, ...others] = scenarios.filter(({ name }) => bugs.some(({ foundBy }) => foundBy.scenario === name));
  if (!scenario || others.length > 0) throw new Error('bugs that are planted together are found by one scenario');
  const stage = openStage('local', balancer, await buildPlanted(bugs.map(({ name }) => name).join('+')));
  const hunts: Hunt[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      const standing = await stage.ready(scenario);
      const { result } = await runScenario(scenario, standing, { ...settings, seed: settings.seed + time });
      hunts.push(...bugs.map((bug) => judge(bug, result.faults)));
    }
  } finally {
    await stage.dispose();
  }
  return hunts;
}

export function judge({ name: bug, foundBy }: Pick<PlantedBug, 'name' | 'foundBy'>, faults: readonly string[]): Hunt {
  const found = faults.find((fault) => foundBy.fault.test(fault));
  return { bug, isFound: found !== undefined, words: found ?? `not found; seen: ${faults.join('; ') || 'no fault'}` };
}
