import { until } from '@nestfleet/timing';
import { z } from 'zod';
import type { RunningApp } from './running-app.ts';

const visit = z.object({ session: z.string(), visits: z.number(), total: z.number() });
const enqueued = z.object({ id: z.string() });
const found = z.object({ state: z.string(), result: z.unknown() });

const READY_WITHIN_MS = 20_000;
const JOB_WITHIN_MS = 30_000;

/** What the app answers of a job. */
export const jobOf = async (app: RunningApp, id: string) => found.parse(await app.get(`/reports/${id}`));

/** Enqueues a report that takes so long; its id. */
export const enqueueReport = async (app: RunningApp, takesMs: number): Promise<string> =>
  enqueued.parse(await app.post('/reports', { takesMs })).id;

/**
 * The first requests of a user: a session counts two visits and a counter both, and a job is done.
 * @throws where an answer is another one
 */
export async function firstRequests(app: RunningApp): Promise<void> {
  // The app listens before its first connection to Redis, and is asked all the same.
  const first = await until(() => app.get('/').then((body) => visit.parse(body)), READY_WITHIN_MS);
  const second = visit.parse(await app.get(`/?session=${first.session}`));
  if (first.visits !== 1 || second.visits !== 2 || second.total - first.total !== 1)
    throw new Error(`two visits were counted as ${JSON.stringify([first, second])}`);
  const id = await enqueueReport(app, 10);
  const job = await until(
    async () => {
      const seen = await jobOf(app, id);
      return ['completed', 'failed'].includes(seen.state) && seen;
    },
    JOB_WITHIN_MS,
    { what: 'the end of a job' },
  );
  if (job.state !== 'completed') throw new Error(`a job ended as ${JSON.stringify(job)}`);
}
