// One process of those that are measured, run by `measureJobs`: a producer or a worker. Ends with its parent.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createIORedisClient, Queue, Worker } from 'bullmq';
import { defineQueue, JobsError, type JobsErrorCode, openJobs, type SettledAttempt } from '@nestfleet/jobs';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { CONTENDERS, type ContenderOrder, type JobsOrder, type JobsReport, SETTINGS } from './contenders.ts';

type Enqueue = () => Promise<unknown>;

const { queue: queueName, payload, enqueuesAtOnce, concurrency, attempts, backoffMs } = SETTINGS;
const { keepMax, keepCompletedMs, keepFailedMs, stackTraceLimit, eventsMax } = SETTINGS;
const order = JSON.parse(process.argv[2] ?? '{}') as ContenderOrder;
const { isPlain, hasEffect } = CONTENDERS[order.name];
const COUNTED = 'counted';
const TRIES = 5;
const LATE: ReadonlySet<JobsErrorCode> = new Set<JobsErrorCode>(['jobs_outcome_unknown', 'jobs_unavailable']);

let begunWith = process.cpuUsage();
/** How many jobs the worker is still to complete. */
let left = 0;

const begin = (): void => void (begunWith = process.cpuUsage());
function report(): void {
  const { user, system } = process.cpuUsage(begunWith);
  process.send?.({ cpuUs: user + system } satisfies JobsReport);
}
function oneMore(): void {
  left -= 1;
  if (left === 0) report();
}

function plainConnection() {
  const redis = new Redis(order.redisUrl, { maxRetriesPerRequest: null });
  return { redis, connection: createIORedisClient(redis), prefix: `{${order.name}}` };
}

async function plainProducer(): Promise<Enqueue> {
  const { connection, prefix } = plainConnection();
  const queue = new Queue(queueName, { connection, prefix, streams: { events: { maxLen: eventsMax } } });
  await queue.waitUntilReady();
  const options = {
    attempts,
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
    removeOnComplete: { age: keepCompletedMs / 1_000, count: keepMax },
    removeOnFail: { age: keepFailedMs / 1_000, count: keepMax },
    stackTraceLimit,
  };
  return () => queue.add(queueName, payload, options);
}

async function plainWorker(): Promise<void> {
  const { redis, connection, prefix } = plainConnection();
  const options = { connection, prefix, name: hostname(), concurrency, ...SETTINGS.locks };
  const handle = async ({ data }: { data: typeof payload }): Promise<unknown> => {
    if (hasEffect) await redis.incr(`${prefix}:${COUNTED}`);
    return { job: data.job };
  };
  const worker = new Worker(queueName, handle, options);
  worker.on('completed', oneMore);
  await worker.waitUntilReady();
}

const queue = defineQueue({
  name: queueName,
  version: 1,
  payload: z.strictObject({ job: z.string() }),
  result: z.object({ job: z.string() }),
  attempts,
  backoffMs,
  concurrency,
  keepMax,
  keepCompletedMs,
  keepFailedMs,
  eventsMax,
});
function ours() {
  const { visibilityMs } = SETTINGS;
  return openJobs({ redisUrl: order.redisUrl, namespace: order.name, queues: [queue], visibilityMs });
}

async function ourProducer(): Promise<Enqueue> {
  const jobs = ours();
  await jobs.ready();
  // An answer that is late on a busy machine is unknown: with its id the same job is enqueued again, and not another one.
  const enqueue = (id: string, tries = TRIES): Promise<unknown> =>
    jobs.enqueue(queue, payload, { id }).catch((error: unknown) => {
      if (tries > 1 && error instanceof JobsError && LATE.has(error.code)) return enqueue(id, tries - 1);
      throw error;
    });
  return () => enqueue(randomUUID());
}

const onSettled = ({ outcome }: SettledAttempt): void => void (outcome === 'completed' && oneMore());

async function ourWorker(): Promise<void> {
  const jobs = ours();
  jobs.consume(
    queue,
    async (context) => {
      if (hasEffect) await context.once(COUNTED, [{ incrBy: COUNTED }]);
      return { job: context.payload.job };
    },
    { onSettled },
  );
  await jobs.ready();
}

if (order.role === 'worker') {
  await (isPlain ? plainWorker() : ourWorker());
  process.on('message', ({ jobs }: JobsOrder) => {
    // One may be completed before.
    left += jobs;
    begin();
  });
} else {
  const enqueue = await (isPlain ? plainProducer() : ourProducer());
  process.on('message', ({ jobs }: JobsOrder) => {
    begin();
    let toEnqueue = jobs;
    const some = async (): Promise<void> => {
      while (toEnqueue > 0) {
        toEnqueue -= 1;
        await enqueue();
      }
    };
    void Promise.all(Array.from({ length: enqueuesAtOnce }, some)).then(report);
  });
}
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
