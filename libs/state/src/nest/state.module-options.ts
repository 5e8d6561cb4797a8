import type { StateOptions } from '../open-state.ts';
import type { State } from '../state.ts';

/** How the module opens a State, and for how long the start of the application waits for it. */
export type StateOpening = (StateOptions | { readonly open: () => State | Promise<State> }) & {
  /**
   * Beyond it the application starts all the same; calls reject with `state_unavailable` until the store is there.
   * @default 5_000
   */
  readonly readyWithinMs?: number;
};

/**
 * StateModuleOptions are the settings of `openState`, or a function that opens: the module closes what it opened. A `state` that is open
 * already stays its opener's to close.
 */
export type StateModuleOptions = StateOpening | { readonly state: State };

/** StateModuleExtras stand beside the options, in `forRootAsync` beside `useFactory`. */
export interface StateModuleExtras {
  /** Tells several states of one application apart: `@InjectState(name)`. */
  readonly name?: string | undefined;
  /**
   * Whether errors of this lib are answered with their status, code and `Retry-After`. Switch it off where the application has a
   * catch-all filter as `APP_FILTER`, which would not see them.
   * @default true
   */
  readonly errorFilter?: boolean;
}
