// One process of those that are measured, run by `startContender`: a producer or a worker. Ends with its parent.
import { randomUUID } from 'node:crypto';
import { createIORedisClient, Queue, Worker } from 'bullmq';
import { defineQueue, openJobs } from '@nestfleet/jobs';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { type ContenderOrder, type EnqueueOrder, SETTINGS } from './contenders.ts';

type Enqueue = () => Promise<unknown>;

const { queue: name, payload, enqueuesAtOnce, concurrency, attempts, backoffMs, retention } = SETTINGS;
const order = JSON.parse(process.argv[2] ?? '{}') as ContenderOrder;
let completed = 0;
const oneMore = (): void => void (completed += 1);

const plainOptions = () => ({
  connection: createIORedisClient(new Redis(order.redisUrl, { maxRetriesPerRequest: null })),
  prefix: '{bench-bullmq}',
});

async function plainProducer(): Promise<Enqueue> {
  const queue = new Queue(name, plainOptions());
  await queue.waitUntilReady();
  const options = { attempts, backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 }, ...retention };
  return () => queue.add(name, payload, options);
}

async function plainWorker(): Promise<void> {
  const { lockMs: lockDuration, stalledIntervalMs: stalledInterval } = SETTINGS;
  const options = { ...plainOptions(), concurrency, lockDuration, stalledInterval };
  const worker = new Worker(name, async ({ data }: { data: typeof payload }) => ({ job: data.job }), options);
  worker.on('completed', oneMore);
  await worker.waitUntilReady();
}

const queue = defineQueue({
  name,
  version: 1,
  payload: z.strictObject({ job: z.string() }),
  result: z.object({ job: z.string() }),
  attempts,
  backoffMs,
  concurrency,
});
const ours = () => openJobs({ redisUrl: order.redisUrl, namespace: 'bench-nestfleet', queues: [queue] });

async function ourProducer(): Promise<Enqueue> {
  const jobs = ours();
  await jobs.ready();
  // An answer that is late on a busy machine is unknown: with its id the same job is enqueued again, and not another one.
  const again = (id: string): Promise<unknown> => jobs.enqueue(queue, payload, { id }).catch(() => again(id));
  return () => again(randomUUID());
}

async function ourWorker(): Promise<void> {
  const jobs = ours();
  jobs.consume(queue, async (context) => ({ job: context.payload.job }), { onSettled: oneMore });
  await jobs.ready();
}

const isPlain = order.contender === 'bullmq';
if (order.role === 'worker') {
  await (isPlain ? plainWorker() : ourWorker());
  // Asked for between rounds, so that telling costs nothing while jobs run.
  process.on('message', () => process.send?.({ jobs: completed } satisfies EnqueueOrder));
} else {
  const enqueue = await (isPlain ? plainProducer() : ourProducer());
  process.on('message', ({ jobs }: EnqueueOrder) => {
    let left = jobs;
    const some = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await enqueue();
      }
    };
    void Promise.all(Array.from({ length: enqueuesAtOnce }, some)).then(() => process.send?.({ jobs }));
  });
}
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
