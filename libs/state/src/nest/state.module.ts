import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { featureState } from '../feature-state.ts';
import type { State } from '../state.ts';
import { stateToken } from './decorators.ts';
import { StateModuleBase, partsOf } from './state.module-definition.ts';

/**
 * `forRoot` or `forRootAsync` in the root module gives every module the State and its parts; with a `name` beside others. The module
 * closes what it opened after the application's last request and handler.
 */
@Module({})
export class StateModule extends StateModuleBase {
  /**
   * For a feature's module: `@InjectState(feature)`, `@InjectCounters(feature)` and so on give the State under names of its own
   * ({@link featureState}). `of` is the name of the State beneath.
   */
  static forFeature(feature: string, { of }: { readonly of?: string } = {}): DynamicModule {
    const view: Provider = {
      provide: stateToken(feature),
      inject: [stateToken(of)],
      useFactory: (state: State) => featureState(state, feature),
    };
    const { providers, tokens } = partsOf(feature);
    return {
      module: StateModule,
      providers: [view, ...providers],
      exports: [stateToken(feature), ...tokens],
    };
  }
}
