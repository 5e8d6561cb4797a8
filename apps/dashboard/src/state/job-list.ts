import { type Job, type JobState, jobDescriptors } from '@nestfleet/contracts';

/** A job as this page last heard of it. */
export interface JobEntry {
  readonly job: Job;
  /** Order in which the request for it was sent. */
  readonly askedAt: number;
}

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'failed', 'cancelled']);
export const hasEnded = (job: Job): boolean => ENDED.has(job.state);

/** What is known of a job whose enqueue was just acknowledged. */
export function acknowledged(id: string, name: string): Job {
  return {
    id,
    name,
    state: 'waiting',
    progress: 0,
    attempts: 0,
    processed_by: null,
    result: null,
    error: null,
    payload_version: jobDescriptors[name as keyof typeof jobDescriptors]?.version ?? 0,
  };
}

/** mergeJob replaces the job's entry if known, else puts it on top. Answers may overtake each other; an older update is dropped. */
export function mergeJob(entries: readonly JobEntry[], update: JobEntry): JobEntry[] {
  const known = entries.find((entry) => entry.job.id === update.job.id);
  if (known === undefined) return [update, ...entries];
  if (known.askedAt > update.askedAt) return [...entries];
  return entries.map((entry) => (entry === known ? update : entry));
}

/**
 * Takes over the fleet's list (newest first). What the page heard after the list was asked for wins over it: newer
 * states stay, and a job that was enqueued meanwhile stays on top.
 */
export function mergeList(entries: readonly JobEntry[], listed: readonly Job[], askedAt: number): JobEntry[] {
  const known = new Map(entries.map((entry) => [entry.job.id, entry]));
  const inList = new Set(listed.map((job) => job.id));
  const newer = entries.filter((entry) => !inList.has(entry.job.id) && entry.askedAt > askedAt);
  const taken = listed.map((job) => {
    const entry = known.get(job.id);
    return entry !== undefined && entry.askedAt > askedAt ? entry : { job, askedAt };
  });
  return [...newer, ...taken];
}

/** A result in words; a shape that is not in the contract is shown as it is. */
export function describeResult(job: Job): string {
  const demo = jobDescriptors.demo.result.safeParse(job.result);
  if (job.name === 'demo' && demo.success) return `“${demo.data.job}” logged, ${demo.data.value_key} set`;
  const primes = jobDescriptors.primes.result.safeParse(job.result);
  if (job.name === 'primes' && primes.success)
    return `${primes.data.primes.toLocaleString('en')} primes below ${primes.data.below.toLocaleString('en')}`;
  const flaky = jobDescriptors.flaky.result.safeParse(job.result);
  if (job.name === 'flaky' && flaky.success) return `worked at attempt ${flaky.data.attempts}`;
  return JSON.stringify(job.result);
}
