import type { OnceTask, RunOnceOptions } from '../run-once/run-once.ts';

/** RunOnceModuleOptions are what is done once in the whole fleet before this application is ready. */
export interface RunOnceModuleOptions extends Omit<RunOnceOptions, 'signal' | 'log'> {
  /** One after the other. */
  readonly tasks: readonly OnceTask[];
  /**
   * True: the start of the application waits, so that nothing of it begins before, and it does not listen. False: it listens, and
   * `/readyz` waits.
   * @default false where `ShutdownModule` of @nestfleet/service is there, else true
   */
  readonly holdsStart?: boolean;
}

export interface RunOnceModuleExtras {
  /** Name of the State. @default the one without a name */
  readonly state?: string | undefined;
}
