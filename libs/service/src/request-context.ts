import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestContext {
  readonly requestId: string;
  /** When the caller stops waiting, by `performance.now()`; Infinity while it has not said. */
  endMs: number;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** runInRequest runs the rest of a request inside its context. */
export const runInRequest = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** currentRequestId is the id of the request that this code runs for; undefined outside of one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;

/**
 * remainingMs is how long the caller of this request still waits, milliseconds, 0 at least; Infinity where it did not say.
 */
export function remainingMs(): number {
  const endMs = storage.getStore()?.endMs ?? Infinity;
  return endMs === Infinity ? Infinity : Math.max(0, endMs - performance.now());
}
