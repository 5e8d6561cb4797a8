import { type Job, type PostJob, demoJob, flakyJob, primesJob } from '@nestfleet/contracts';

/** A job of the demo: everything else about it follows from how long ago it was enqueued. */
export interface DemoJob {
  readonly id: string;
  readonly post: PostJob;
  readonly enqueuedAtMs: number;
  readonly worker: string;
}

const WAIT_MS = 400;

/** How many primes are below `below`, by a sieve. */
export function countPrimes(below: number): number {
  const composite = new Uint8Array(Math.max(0, below));
  let primes = 0;
  for (let n = 2; n < below; n += 1) {
    if (composite[n] === 1) continue;
    primes += 1;
    for (let multiple = n * n; multiple < below; multiple += n) composite[multiple] = 1;
  }
  return primes;
}

const failuresOf = (post: PostJob): number => flakyJob.payload.safeParse(post.payload).data?.failures ?? 0;
const belowOf = (post: PostJob): number => primesJob.payload.safeParse(post.payload).data?.below ?? 0;
const textOf = (post: PostJob): string => demoJob.payload.safeParse(post.payload).data?.job ?? '';

/** One attempt's time, milliseconds. */
function runMsOf(post: PostJob): number {
  if (post.name === 'primes') return 1_500 + belowOf(post) / 400;
  return post.name === 'flaky' ? 400 : 900;
}

/** A list asks for the same results again and again; a sieve of millions should run once. */
const results = new WeakMap<DemoJob, unknown>();

function resultOf(demo: DemoJob): unknown {
  if (!results.has(demo)) results.set(demo, computeResult(demo));
  return results.get(demo);
}

function computeResult({ id, post, worker }: DemoJob): unknown {
  if (post.name === 'primes') return { below: belowOf(post), primes: countPrimes(belowOf(post)), thread_id: 3 };
  if (post.name === 'flaky') return { attempts: failuresOf(post) + 1 };
  return { job: textOf(post), value_key: `demo:${id.slice(5)}`, written: `written by ${worker}` };
}

/** The job `ageMs` after its enqueue: waiting, then active (flaky ones delayed between attempts), then completed. */
export function jobAt(demo: DemoJob, ageMs: number): Job {
  const runMs = runMsOf(demo.post);
  const failures = demo.post.name === 'flaky' ? failuresOf(demo.post) : 0;
  const base: Job = {
    id: demo.id,
    name: demo.post.name,
    state: 'waiting',
    progress: 0,
    attempts: 0,
    processed_by: null,
    result: null,
    error: null,
    payload_version: 1,
  };
  if (ageMs < WAIT_MS) return base;

  let restMs = ageMs - WAIT_MS;
  for (let attempt = 1; attempt <= failures + 1; attempt += 1) {
    const error = attempt > 1 ? `fails on purpose (attempt ${attempt - 1})` : null;
    const running: Job = { ...base, processed_by: demo.worker, attempts: attempt, error };
    if (restMs < runMs) return { ...running, state: 'active', progress: Math.floor((restMs / runMs) * 100) };
    restMs -= runMs;
    if (attempt > failures)
      return { ...running, state: 'completed', progress: 100, result: resultOf(demo), error: null };
    const backoffMs = flakyJob.backoffMs * 2 ** (attempt - 1);
    if (restMs < backoffMs) return { ...running, state: 'delayed', error: `fails on purpose (attempt ${attempt})` };
    restMs -= backoffMs;
  }
  return base;
}
