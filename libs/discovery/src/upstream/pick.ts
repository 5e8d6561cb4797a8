import type { Instance } from '../instance.ts';

/** An instance that was chosen for one use. */
export interface Pick {
  readonly instance: Instance;
  /** To be called once when the use has ended; more calls do nothing. */
  release(outcome: 'ok' | 'failed'): void;
}

export interface PickOptions {
  /** Ids of instances that are not wanted. */
  exclude?: ReadonlySet<string> | undefined;
}
