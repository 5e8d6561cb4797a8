import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@nestfleet/jobs';
import { counted, type Step, VISIBILITY_MS } from './counted.ts';

/** A worker of its own process, which a test kills. Ends with whoever started it. */
const [redisUrl = '', namespace = ''] = process.argv.slice(2);
// However often it is killed: none of its jobs is to blame.
const jobs = openJobs({ redisUrl, namespace, queues: [counted], visibilityMs: VISIBILITY_MS, deathsMax: 1_000 });
const tell = (step: Step): void => void process.send?.(step);
process.once('disconnect', () => process.exit());
jobs.consume(counted, async ({ payload, once }) => {
  tell('begun');
  await sleep(5 * (payload.n % 5));
  const asked = once('counted', [
    { incrBy: 'total' },
    { hincrBy: 'by-job', field: String(payload.n) },
    { sadd: 'jobs', members: [String(payload.n)] },
  ]);
  tell('asked');
  const [total = 0] = await asked;
  tell('done');
  await sleep(5 * (payload.n % 5));
  return { total };
});
