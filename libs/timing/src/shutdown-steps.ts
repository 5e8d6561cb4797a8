/**
 * SHUTDOWN_STEPS is the property under which a Nest provider has its steps of the graceful shutdown; `ShutdownModule` of
 * `@nestfleet/service` finds it in any module. A symbol of the whole process: an app may have two versions of
 * this file.
 */
export const SHUTDOWN_STEPS: unique symbol = Symbol.for('nestfleet.shutdown-steps');

/**
 * ShutdownSteps are what a lib does in a graceful shutdown, before Nest's own hooks close anything. All optional, and each
 * idempotent: without `ShutdownModule` the same provider does them in Nest's hooks, with it they have been done by then.
 * Connections are closed by Nest's `onApplicationShutdown`, in both cases.
 */
export interface ShutdownSteps {
  /** For the log: `jobs`, `discovery`. */
  readonly name: string;
  /** Readiness waits until it resolves. Waits for what time heals; a rejection ends the process with 78. */
  firstReady?(): Promise<void>;
  /** Who this instance is in the catalog, for the answer to readiness checks; undefined before it is known. */
  identity?(): InstanceIdentity | undefined;
  /** At once: the catalog is told that nobody may pick this replica any more. Resolves when the catalog has it. */
  maintenance?(): Promise<void>;
  /** At once: take no new work that is not HTTP. Requests are still served. */
  onDrain?(): Promise<void>;
  /**
   * Longest time that `beforeClose` takes, milliseconds; added to the hard deadline.
   * @default 0
   */
  readonly finishMs?: number;
  /** After the requests in flight: end or release unfinished work. */
  beforeClose?(): Promise<void>;
  /** After that: leave the catalog. */
  withdraw?(): Promise<void>;
}

/** InstanceIdentity is what an instance says of itself, so that who asks an address knows whom it has found there. */
export interface InstanceIdentity {
  readonly service: string;
  /** The id of its entry in the catalog. */
  readonly instanceId: string;
}

/**
 * AWAITS_FIRST_READY is the property of the provider that waits for `firstReady` of all others: where one has it, an app may listen
 * before it is ready.
 */
export const AWAITS_FIRST_READY: unique symbol = Symbol.for('nestfleet.awaits-first-ready');

/** WithShutdownSteps is a provider that takes part. */
export interface WithShutdownSteps {
  readonly [SHUTDOWN_STEPS]: ShutdownSteps;
}

/**
 * `shutdownStepsOf` is the steps of a provider, undefined where it has none. Providers are any values, also stubs of tests that
 * have whatever property they are asked for.
 */
export function shutdownStepsOf(provider: unknown): ShutdownSteps | undefined {
  if (typeof provider !== 'object' || provider === null) return undefined;
  const steps: unknown = Reflect.get(provider, SHUTDOWN_STEPS);
  if (typeof steps !== 'object' || steps === null || !('name' in steps) || typeof steps.name !== 'string')
    return undefined;
  return steps as ShutdownSteps;
}

/** ProviderWrapper is the part of Nest's `InstanceWrapper` that the search for steps reads. */
export interface ProviderWrapper {
  readonly instance: unknown;
  readonly isTransient: boolean;
  isDependencyTreeStatic(): boolean;
}

/** `stepsOfProviders` is the steps of all of them, in their order. A provider that is bound under several names is found once. */
export function stepsOfProviders(wrappers: Iterable<ProviderWrapper>): ShutdownSteps[] {
  const found = new Set<ShutdownSteps>();
  for (const wrapper of wrappers) {
    // Of one that is made for each request there is only a prototype.
    if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) continue;
    const steps = shutdownStepsOf(wrapper.instance);
    if (steps !== undefined) found.add(steps);
  }
  return [...found];
}
