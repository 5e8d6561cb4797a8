import { type ShutdownSteps, stepsOfProviders } from '@nestfleet/timing';
import type { ModulesContainer } from '@nestjs/core';

/** stepsOf finds the steps of all providers of an app, in the order of its modules. Anew each time: modules may be loaded later. */
export const stepsOf = (modules: ModulesContainer): ShutdownSteps[] =>
  stepsOfProviders([...modules.values()].flatMap(({ providers }) => [...providers.values()]));

/** finishMsOf is the longest time that unfinished work of all of them takes: they end one after the other. */
export function finishMsOf(steps: readonly ShutdownSteps[]): number {
  return steps.reduce((sumMs, { finishMs = 0 }) => sumMs + finishMs, 0);
}
