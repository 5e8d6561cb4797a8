import { parentPort, threadId, workerData } from 'node:worker_threads';
import { countPrimes } from './sieve.ts';

/** What the thread is given. */
export interface PrimesOrder {
  readonly below: number;
}

/** What it says: its progress in per cent, and once the end. */
export type PrimesMessage =
  | { readonly kind: 'progress'; readonly percent: number }
  | { readonly kind: 'done'; readonly primes: number; readonly threadId: number };

const say = (message: PrimesMessage): void => parentPort?.postMessage(message, []);

const counting = countPrimes((workerData as PrimesOrder).below);
let step = counting.next();
while (step.done !== true) {
  say({ kind: 'progress', percent: step.value });
  step = counting.next();
}
say({ kind: 'done', primes: step.value, threadId });
