import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@nestfleet/jobs';
import { mix, VISIBILITY_MS } from './mix.ts';

/** A worker of its own process, which a test or a job may kill. Ends with whoever started it. */
const [redisUrl = '', namespace = '', deathsMax = ''] = process.argv.slice(2);
const jobs = openJobs({
  redisUrl,
  namespace,
  queues: [mix],
  visibilityMs: VISIBILITY_MS,
  deathsMax: Number(deathsMax),
});
process.once('disconnect', () => process.exit());
jobs.consume(mix, async ({ payload, jobId }) => {
  process.send?.(jobId);
  if (payload.poison) process.kill(process.pid, 'SIGKILL');
  await sleep(payload.ms);
  return { ended: true };
});
