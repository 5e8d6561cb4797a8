import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs the rest of a request inside its context. */
export const runInRequest = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** Id of the request that this code runs for; undefined outside of one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;
