import { type ShutdownSteps, shutdownStepsOf } from '@nestfleet/timing';
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
      const steps = shutdownStepsOf(wrapper.instance);
      if (steps !== undefined) found.add(steps);
    }
  return [...found];
}

/** finishMsOf is the longest time that unfinished work of all of them takes: they end one after the other. */
export function finishMsOf(steps: readonly ShutdownSteps[]): number {
  return steps.reduce((sumMs, { finishMs = 0 }) => sumMs + finishMs, 0);
}
