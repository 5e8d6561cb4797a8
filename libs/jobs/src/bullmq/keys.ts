import { keySpace } from '@nestfleet/redis';

/** BullMQ's job ids carry a prefix, so that an id chosen by a client can never be the name of one of BullMQ's own keys (`wait`, `meta` …). */
const JOB_PREFIX = 'j-';

export const bullId = (id: string): string => `${JOB_PREFIX}${id}`;
export const ownId = (id: string): string => id.slice(JOB_PREFIX.length);

/** Every key of one queue, BullMQ's and ours, under one hash tag: each script stays in one slot (no CROSSSLOT). */
export interface QueueKeys {
  /** BullMQ's `prefix` option. */
  readonly prefix: string;
  readonly wait: string;
  readonly active: string;
  readonly delayed: string;
  readonly prioritized: string;
  /** BullMQ's counter that keeps jobs of one priority in their order. */
  readonly priorityCounter: string;
  readonly completed: string;
  readonly failed: string;
  readonly events: string;
  /** BullMQ's settings of the queue, and whether it is paused. */
  readonly meta: string;
  /** Ids of jobs that have not been renewed since BullMQ last looked for stalled ones. */
  readonly stalled: string;
  /** There while the last look for stalled jobs is too young for another one. Not BullMQ's: workers of before look more rarely. */
  readonly stalledCheck: string;
  /** Ids of cancelled jobs by the time of their cancelling. */
  readonly cancelled: string;
  /** What is remembered of each of them. */
  readonly cancelledJobs: string;
  /** Ids of jobs that were removed past their retention, by the time of that. */
  readonly removed: string;
  /** Whose each of them was. */
  readonly removedOwners: string;
  /** Ids of jobs with which too many workers died, by the time of that. */
  readonly deadLetters: string;
  /** Wakes a worker that waits for a job. */
  readonly marker: string;
  /** What the key of each job begins with. */
  readonly jobs: string;
  job(id: string): string;
  logs(id: string): string;
  /** Holds the token of the worker that has the job. */
  lock(id: string): string;
  owner(owner: string): string;
  /** Which effects of a job are done, and what they answered. */
  effectsOf(id: string): string;
  /** What an effect writes, by the name that it has in the handler. */
  effect(key: string): string;
  /** Which job was enqueued with the idempotency token of this hash, and of which payload. */
  token(tokenHash: string): string;
}

/** The only place that spells a job key. */
export function queueKeys(namespace: string, queue: string): QueueKeys {
  const prefix = keySpace(namespace).queue(queue);
  const bull = (type: string): string => `${prefix}:${queue}:${type}`;
  const job = (id: string): string => bull(bullId(id));
  return {
    prefix,
    wait: bull('wait'),
    active: bull('active'),
    delayed: bull('delayed'),
    prioritized: bull('prioritized'),
    priorityCounter: bull('pc'),
    completed: bull('completed'),
    failed: bull('failed'),
    events: bull('events'),
    meta: bull('meta'),
    stalled: bull('stalled'),
    stalledCheck: `${prefix}:ledger:stalled-check`,
    cancelled: `${prefix}:ledger:cancelled`,
    cancelledJobs: `${prefix}:ledger:cancelled-jobs`,
    removed: `${prefix}:ledger:removed`,
    removedOwners: `${prefix}:ledger:removed-owners`,
    deadLetters: `${prefix}:ledger:dead-letters`,
    marker: bull('marker'),
    jobs: bull(''),
    job,
    logs: (id) => `${job(id)}:logs`,
    lock: (id) => `${job(id)}:lock`,
    owner: (owner) => `${prefix}:ledger:owner:${owner}`,
    effectsOf: (id) => `${prefix}:ledger:effects-of:${id}`,
    effect: (key) => `${prefix}:ledger:effect:${key}`,
    token: (tokenHash) => `${prefix}:ledger:token:${tokenHash}`,
  };
}
