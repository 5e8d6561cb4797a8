import type { JobStart, LogLine } from '../checkers/jobs.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';

/** What the test build logs at each start of a job. */
const STARTED = 'told_job.started';
const COMPLETED = 'job completed';
/** Lines that come once for each request and each job that ends, however Redis is. */
const OF_WORK = new Set(['request', COMPLETED]);

/** All starts of jobs since then, in the logs of all workers that there are and were. */
export async function jobStarts(driver: FleetDriver, sinceMs: number): Promise<readonly JobStart[]> {
  const events = await driver.events('worker', sinceMs);
  return events
    .filter(({ event }) => event === STARTED)
    .map(({ by, atMs, fields }) => ({ by, atMs, jobId: String(fields['job_id']) }));
}

/** All other lines of replicas, but those of their work. */
export async function linesBesideWork(driver: FleetDriver, sinceMs: number): Promise<readonly LogLine[]> {
  const logs = await driver.logs();
  return [...logs].flatMap(([by, text]) => (/-\d+$/.test(by) ? besideWork(text, by, sinceMs) : []));
}

/** Ids of the jobs that workers have completed, and Redis has taken it. */
export async function completedJobs(driver: FleetDriver): Promise<ReadonlySet<string>> {
  const logs = await driver.logs();
  return new Set([...logs.values()].flatMap(completedIn));
}

export const completedIn = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const { message, job_id } = parsed(line);
    return message === COMPLETED && typeof job_id === 'string' ? [job_id] : [];
  });

/** The lines of one log. A line that is no JSON has no time: it counts as the one before it. */
export function besideWork(text: string, by: string, sinceMs: number): readonly LogLine[] {
  let atMs = 0;
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const { time, message, event } = parsed(line);
    if (typeof time === 'string') atMs = Date.parse(time);
    if (atMs < sinceMs || event === STARTED || OF_WORK.has(String(message))) return [];
    return [{ by, atMs }];
  });
}

interface ParsedLine {
  readonly time?: unknown;
  readonly message?: unknown;
  readonly event?: unknown;
  readonly job_id?: unknown;
}

function parsed(line: string): ParsedLine {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
