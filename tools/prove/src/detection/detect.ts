import { scenarios } from '../scenarios/all.ts';
import type { Balancer } from '../driver/fleet-options.ts';
import { type Settings, runScenario } from '../runner/run-scenario.ts';
import { openTestFleet } from '../runner/test-fleet.ts';
import type { SeededBug } from '../seeded-bugs/seeded-bug.ts';

/** Whether one run of a scenario has found one bug. */
export interface Detection {
  readonly bug: string;
  readonly isDetected: boolean;
  /** The first fault that names it, else what was seen instead. */
  readonly evidence: string;
}

export interface DetectionPlan {
  readonly balancer: Balancer;
  readonly times: number;
  readonly settings: Settings;
}

/** Builds bugs in, together, and runs what looks for them, each time on the same fleet. Processes only. */
export async function detect(
  bugs: readonly SeededBug[],
  { balancer, times, settings }: DetectionPlan,
): Promise<Detection[]> {
  const [scenario, ...others] = scenarios.filter(({ name }) =>
    bugs.some(({ detectedBy }) => detectedBy.scenario === name),
  );
  if (!scenario || others.length > 0)
    throw new Error('bugs that are seeded together need one scenario that detects them');
  const names = bugs.map(({ name }) => name);
  const testFleet = openTestFleet('local', balancer, names);
  const detections: Detection[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      const fleet = await testFleet.ready(scenario);
      const { result } = await runScenario(scenario, fleet, { ...settings, seed: settings.seed + time });
      detections.push(...bugs.map((bug) => detectionOf(bug, result.faults)));
    }
  } finally {
    await testFleet.dispose();
  }
  return detections;
}

export function detectionOf(
  { name: bug, detectedBy }: Pick<SeededBug, 'name' | 'detectedBy'>,
  faults: readonly string[],
): Detection {
  const found = faults.find((fault) => detectedBy.fault.test(fault));
  return {
    bug,
    isDetected: found !== undefined,
    evidence: found ?? `not detected; seen: ${faults.join('; ') || 'no fault'}`,
  };
}
