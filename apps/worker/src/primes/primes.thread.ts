import { parentPort, threadId, workerData } from 'node:worker_threads';
import { countPrimes } from './sieve.ts';

/** What the thread is given. */
export interface PrimesRequest {
  readonly below: number;
}

/** PrimesMessage is what it sends: its progress in per cent, and once the end. */
export type PrimesMessage =
  | { readonly kind: 'progress'; readonly percent: number }
  | { readonly kind: 'done'; readonly primes: number; readonly threadId: number };

const send = (message: PrimesMessage): void => parentPort?.postMessage(message, []);

const counting = countPrimes((workerData as PrimesRequest).below);
let step = counting.next();
while (step.done !== true) {
  send({ kind: 'progress', percent: step.value });
  step = counting.next();
}
send({ kind: 'done', primes: step.value, threadId });
