import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { Answer } from '../client/http-client.ts';

/** ToldJob is a job that the api accepted, and what it said of it last. */
export interface ToldJob {
  readonly id: string;
  readonly text: string;
  /** `waiting` until it was asked for. */
  readonly state: string;
  readonly error: string | null;
  /** What it has cost so far. */
  readonly attempts: number;
  /** 0 until it was asked for. */
  readonly payload_version: number;
}

/** A JobRequest is what is enqueued, and its words in a fault. */
export interface JobRequest {
  readonly text: string;
  readonly name: 'demo' | 'flaky';
  readonly payload: object;
}

/** demoRequest is of a job that does its work at once, or what its text says where a build lets it. */
export const demoRequest = (text: string): JobRequest => ({ text, name: 'demo', payload: { job: text } });

/** flakyRequest is of a job that takes three attempts, 200 and 400 ms apart: a fault finds some that are in the middle. */
export const flakyRequest = (text: string): JobRequest => ({ text, name: 'flaky', payload: { failures: 2 } });

/** What became of an enqueue. */
export type Enqueued =
  { readonly kind: 'accepted'; readonly job: ToldJob } | { readonly kind: 'refused'; readonly answer: Answer };

export const enqueueTold = (edge: EdgeProxy, text: string): Promise<Enqueued> => enqueue(edge, demoRequest(text));

/** Nobody's job, which whoever knows its id may ask for. Sent once, and without a key: what is kept of a key takes memory too. */
export async function enqueue(edge: EdgeProxy, { text, name, payload }: JobRequest): Promise<Enqueued> {
  const answer = await edge.ask('/api/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, payload }),
  });
  if (answer.status !== 202) return { kind: 'refused', answer };
  const { id } = JSON.parse(answer.text) as { id: string };
  return { kind: 'accepted', job: { id, text, state: 'waiting', error: null, attempts: 0, payload_version: 0 } };
}

const AT_ONCE = 10;
const LOOK_EVERY_MS = 200;
/** `gone`: Redis does not know it any more. `expired`: it has ended, and was kept no longer, as where memory is low. */
const ENDS = new Set(['completed', 'failed', 'cancelled', 'gone', 'expired']);
const isOver = ({ state }: ToldJob): boolean => ENDS.has(state);

/**
 * acceptAll enqueues all of them, in no order.
 * @throws when one is refused
 */
export async function acceptAll(edge: EdgeProxy, texts: readonly string[]): Promise<readonly ToldJob[]> {
  return inTurns(texts, async (text) => {
    const enqueued = await enqueueTold(edge, text);
    if (enqueued.kind === 'accepted') return enqueued.job;
    throw new Error(`${text} was answered ${enqueued.answer.status}: ${enqueued.answer.text}`);
  });
}

/** Asks for all of them until each has ended or the time is over. What cannot be asked for stays what it was. */
export async function followJobs<J extends ToldJob>(
  edge: Pick<EdgeProxy, 'ask'>,
  jobs: readonly J[],
  withinMs: number,
): Promise<readonly J[]> {
  const endMs = performance.now() + withinMs;
  let seen = jobs;
  for (;;) {
    seen = await inTurns(seen, (job) => (isOver(job) ? Promise.resolve(job) : stateOf(edge, job)));
    if (seen.every(isOver) || performance.now() > endMs) return seen;
    await sleep(LOOK_EVERY_MS);
  }
}

async function stateOf<J extends ToldJob>(edge: Pick<EdgeProxy, 'ask'>, job: J): Promise<J> {
  const { status, text } = await edge
    .ask(`/api/jobs/${job.id}`)
    .catch((fault: unknown) => ({ status: 0, text: String(fault) }));
  if (status === 404) return { ...job, state: 'gone' };
  if (status === 410) return { ...job, state: 'expired' };
  if (status !== 200) return job;
  return { ...job, ...(JSON.parse(text) as Omit<ToldJob, 'id' | 'text'>) };
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return results;
}
