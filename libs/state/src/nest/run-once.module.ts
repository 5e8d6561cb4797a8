import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { State } from '../state.ts';
import { stateToken } from './decorators.ts';
import type { RunOnceModuleExtras, RunOnceModuleOptions } from './run-once.module-options.ts';
import { RunOnceRunner } from './run-once.runner.ts';

const OPTIONS = 'nestfleet:run-once-options';

/** RunOnceModuleBase has `forRoot` and `forRootAsync` of RunOnceModule. */
export const { ConfigurableModuleClass: RunOnceModuleBase } = new ConfigurableModuleBuilder<RunOnceModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<RunOnceModuleExtras>({ state: undefined }, withRunner)
  .build();

function withRunner(definition: DynamicModule, { state }: RunOnceModuleExtras): DynamicModule {
  const runner = {
    provide: RunOnceRunner,
    inject: [stateToken(state), OPTIONS, ModulesContainer],
    useFactory: (from: State, options: RunOnceModuleOptions, modules: ModulesContainer) =>
      new RunOnceRunner(from, options, modules),
  };
  return { ...definition, providers: [...(definition.providers ?? []), runner] };
}

/**
 * RunOnceModule has tasks, such as the migrations of a release, done once by the first replica that starts, before any replica is ready.
 * Needs `StateModule`.
 */
@Module({})
export class RunOnceModule extends RunOnceModuleBase {}
