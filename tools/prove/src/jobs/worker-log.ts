import type { JobStart, LogLine } from '../checkers/jobs.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';

/** What the test build logs at each start of a job. */
const STARTED = 'told_job.started';
/** Lines that come once for each request and each job that ends, however Redis is. */
const OF_WORK = new Set(['request', 'job completed']);

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

function parsed(line: string): { readonly time?: unknown; readonly message?: unknown; readonly event?: unknown } {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
