import { codedErrorFilter, requireRegisteredOnce } from '@nestfleet/errors/nest';
import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { StateError } from '../errors.ts';
import type { State } from '../state.ts';
import { partToken, STATE_PARTS, stateToken } from './decorators.ts';
import { StateHealthIndicator } from './state.health-indicator.ts';
import type { StateModuleExtras, StateModuleOptions } from './state.module-options.ts';
import { StateOwner } from './state.owner.ts';

const OPTIONS = 'nestfleet:state-options';

const registeredTwice = (detail: string) => new StateError('state_registered_twice', detail);

/** StateModuleBase has `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass: StateModuleBase } = new ConfigurableModuleBuilder<StateModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<StateModuleExtras>({ name: undefined, errorFilter: true }, withState)
  .build();

function withState(definition: DynamicModule, { name, errorFilter }: StateModuleExtras): DynamicModule {
  const token = stateToken(name);
  const state: Provider = {
    provide: token,
    inject: [OPTIONS, StateOwner, ModulesContainer],
    useFactory: (options: StateModuleOptions, owner: StateOwner, modules: ModulesContainer) => {
      requireRegisteredOnce(modules, { module: definition.module, token, name }, registeredTwice);
      return owner.stateOf(options);
    },
  };
  const parts = partsOf(name);
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      StateOwner,
      state,
      ...parts.providers,
      StateHealthIndicator,
      ...(errorFilter === false ? [] : [codedErrorFilter(StateError)]),
    ],
    exports: [token, ...parts.tokens, StateHealthIndicator],
  };
}

/** partsOf are the providers of the parts of the State with this name, and their tokens. */
export function partsOf(name: string | undefined): { providers: Provider[]; tokens: string[] } {
  const providers = STATE_PARTS.map((part) => ({
    provide: partToken(part, name),
    inject: [stateToken(name)],
    useFactory: (state: State) => state[part],
  }));
  return { providers, tokens: providers.map(({ provide }) => provide) };
}
