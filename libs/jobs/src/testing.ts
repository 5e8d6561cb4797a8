/** Runs a job handler without Redis, for unit tests. */
export { runHandler } from './testing/run-handler.ts';
