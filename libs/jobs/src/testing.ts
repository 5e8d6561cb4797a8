/** Runs a job handler without Redis, for unit tests, and keeps its effects in memory. */
export { type MemoryEffects, memoryEffects } from './testing/memory-effects.ts';
export { runHandler } from './testing/run-handler.ts';
