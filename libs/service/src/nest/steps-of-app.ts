import { SHUTDOWN_STEPS, type ShutdownSteps } from '@nestfleet/timing';
import type { ModulesContainer } from '@nestjs/core';

/**
 * stepsOf finds the steps of all providers of an app, in the order of its modules. Anew each time: modules may be loaded
 * later. A provider that is bound under several names is found once.
 */
export function stepsOf(modules: ModulesContainer): ShutdownSteps[] {
  const found = new Set<ShutdownSteps>();
  for (const module of modules.values())
    for (const wrapper of module.providers.values()) {
      // Of one that is made for each request there is only a prototype.
      if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) continue;
      const steps = stepsIn(wrapper.instance);
      if (steps !== undefined) found.add(steps);
    }
  return [...found];
}

/** Providers are any values, also stubs of tests that have whatever property they are asked for. */
function stepsIn(instance: unknown): ShutdownSteps | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const steps: unknown = Reflect.get(instance, SHUTDOWN_STEPS);
  if (typeof steps !== 'object' || steps === null || !('name' in steps) || typeof steps.name !== 'string')
    return undefined;
  return steps as ShutdownSteps;
}

/** finishMsOf is the longest time that unfinished work of all of them takes: they end one after the other. */
export function finishMsOf(steps: readonly ShutdownSteps[]): number {
  return steps.reduce((sumMs, { finishMs = 0 }) => sumMs + finishMs, 0);
}
