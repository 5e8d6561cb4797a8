import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject } from '@nestjs/common';
import { requireLease } from '../leases/lease-store.ts';
import type { Lease, Leases } from '../leases/leases.ts';
import { partToken } from './decorators.ts';

/** ExclusiveOptions are what @Exclusive() is told beside its name. */
export interface ExclusiveOptions<Args extends unknown[] = never[]> {
  /** What of the arguments it is exclusive for: 1 to 128 of letters, digits and . _ ~ : @ -, with the name. @default the method as a whole */
  readonly key?: (...args: Args) => string;
  /**
   * How long the lease outlives a process that dies, 50 ms to 1 hour; it is renewed while the method runs.
   * @default 10_000
   */
  readonly ttlMs?: number;
  /** How long a call waits for the one before it, 10 minutes at most. @default 0: it is refused at once (`lease_held`, 409) */
  readonly waitMs?: number;
  /** Name of the State. @default the one without a name */
  readonly state?: string;
}

/** AsyncMethod is what `Exclusive` may stand at. */
export type AsyncMethod = (...args: never[]) => Promise<unknown>;
type Bound = Readonly<Record<symbol, Leases>>;

const TTL_MS = 10_000;
const held = new AsyncLocalStorage<Lease>();

/**
 * heldLease is the lease of the method with @Exclusive() that runs: its fencing token, for what the method writes to, and its signal,
 * which is aborted when the lease is or may be somebody else's.
 * @throws Error outside of such a method
 */
export function heldLease(): Lease {
  const lease = held.getStore();
  if (lease === undefined) throw new Error('heldLease() is called outside of a method with @Exclusive()');
  return lease;
}

/**
 * Exclusive has a method of a controller or provider run once at a time in the whole fleet, for each key of its arguments, by a lease. The
 * method answers a promise. Needs `StateModule`.
 * @param name the same in all releases: it is the name of the lease
 */
export function Exclusive<Args extends unknown[] = never[]>(name: string, options: ExclusiveOptions<Args> = {}) {
  const { key, ttlMs = TTL_MS, waitMs = 0, state } = options;
  const lease = requireLease({ ttlMs, waitMs });
  const leases = Symbol(`leases of ${name}`);

  const nameOf = (args: never[]): string => (key === undefined ? name : `${name}:${key(...(args as unknown as Args))}`);

  return <Method extends AsyncMethod>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const run: AsyncMethod | undefined = descriptor.value;
    if (run === undefined) throw new TypeError('@Exclusive() is for methods');
    const runIt = (own: Bound, args: never[]): Promise<unknown> => run.apply(own, args);
    Inject(partToken('leases', state))(target, leases);
    async function exclusive(this: Bound, ...args: never[]): Promise<unknown> {
      const store = this[leases];
      if (store === undefined) throw new TypeError(`@Exclusive('${name}') is for what Nest has made`);
      return store.hold(nameOf(args), lease, (own) => held.run(own, () => runIt(this, args)));
    }
    // Decorators below this one, such as routes, have left their metadata there.
    for (const each of Reflect.getMetadataKeys(run) as unknown[])
      Reflect.defineMetadata(each, Reflect.getMetadata(each, run), exclusive);
    Object.defineProperty(exclusive, 'name', { value: String(property), configurable: true });
    descriptor.value = exclusive as unknown as Method;
  };
}
