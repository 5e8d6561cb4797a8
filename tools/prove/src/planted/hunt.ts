import { scenarios } from '../../scenarios/all.ts';
import type { Balancer } from '../fleet/bring-up.ts';
import { buildPlanted } from '../fleet/variants.ts';
import { type Settings, runScenario } from '../scenario/run-scenario.ts';
import { openStage } from '../scenario/stage.ts';
import type { PlantedBug } from './planted-bug.ts';

/** One run of the scenario that looks for a bug, on a fleet that has it. */
export interface Hunt {
  readonly isFound: boolean;
  /** The first fault that names it, else what was seen instead. */
  readonly words: string;
}

/** Builds the bug in and looks for it, each time on the same fleet. Processes only. */
export async function hunt(
  bug: PlantedBug,
  { balancer, times, settings }: { readonly balancer: Balancer; readonly times: number; readonly settings: Settings },
): Promise<readonly Hunt[]> {
  const scenario = scenarios.find(({ name }) => name === bug.foundBy.scenario);
  if (!scenario) throw new Error(`no scenario ${bug.foundBy.scenario} looks for ${bug.name}`);
  const stage = openStage('local', balancer, await buildPlanted(bug.name));
  const hunts: Hunt[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      const standing = await stage.ready(scenario);
      const { result } = await runScenario(scenario, standing, { ...settings, seed: settings.seed + time });
      hunts.push(judge(bug, result.faults));
    }
  } finally {
    await stage.dispose();
  }
  return hunts;
}

export function judge({ foundBy }: Pick<PlantedBug, 'foundBy'>, faults: readonly string[]): Hunt {
  const found = faults.find((fault) => foundBy.fault.test(fault));
  return { isFound: found !== undefined, words: found ?? `not found; seen: ${faults.join('; ') || 'no fault'}` };
}
