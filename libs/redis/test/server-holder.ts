import { startRedisServer } from '../src/testing.ts';

/** A process that starts a Redis, says which process that is, and does not stop it. */
const { pid } = await startRedisServer({ dir: process.argv[2] ?? '' });
process.send?.(pid);
