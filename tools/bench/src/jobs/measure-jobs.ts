import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@nestfleet/timing';
import { alternate } from '../alternate.ts';
import { cpuUs, pin } from '../visit/processes.ts';
import { CONTENDERS, type Contender, type ContenderOrder, type EnqueueOrder } from './contenders.ts';

/** What one contender took in one round, for each job. */
export interface JobSample {
  readonly producerCpuUs: number;
  readonly workerCpuUs: number;
  readonly redisCpuUs: number;
  readonly perSecond: number;
}

export interface JobsPlan {
  readonly rounds: number;
  /** Of each contender in each round. */
  readonly jobs: number;
  /** For the compiler, each contender once, not measured. */
  readonly warmUpJobs: number;
}

export const DEFAULTS: JobsPlan = { rounds: 20, jobs: 2_000, warmUpJobs: 2_000 };
export const SHORT: JobsPlan = { rounds: 2, jobs: 50, warmUpJobs: 50 };

/** The processors of who is measured; Redis shares the second one. */
const WORKER_ON = 0;
const OTHERS_ON = 1;
const LOOK_EVERY_MS = 20;
const DONE_WITHIN_MS = 120_000;

interface Pair {
  readonly contender: Contender;
  readonly producer: ChildProcess;
  readonly worker: ChildProcess;
}

interface RedisUnderLoad {
  readonly url: string;
  readonly pid: number;
}

/** measureJobs runs all contenders in turn over one Redis, each with a producer and a worker that stay. */
export async function measureJobs(
  redis: RedisUnderLoad,
  { rounds, jobs, warmUpJobs }: JobsPlan,
): Promise<ReadonlyMap<Contender, readonly JobSample[]>> {
  const children: ChildProcess[] = [];
  const start = async (order: ContenderOrder): Promise<ChildProcess> => {
    const child = fork(join(import.meta.dirname, 'contender.ts'), [JSON.stringify(order)]);
    children.push(child);
    await told(child);
    pin(child, order.role === 'worker' ? WORKER_ON : OTHERS_ON);
    return child;
  };
  try {
    pin(redis, OTHERS_ON);
    const pairs: Pair[] = [];
    for (const contender of Object.keys(CONTENDERS) as Contender[]) {
      const order = { contender, redisUrl: redis.url };
      const worker = await start({ ...order, role: 'worker' });
      pairs.push({ contender, worker, producer: await start({ ...order, role: 'producer' }) });
    }
    for (const pair of pairs) await sample(pair, redis, warmUpJobs);
    const samples = await alternate(pairs, rounds, (pair) => sample(pair, redis, jobs));
    return new Map([...samples].map(([{ contender }, taken]) => [contender, taken]));
  } finally {
    for (const child of children) child.kill();
  }
}

async function sample({ producer, worker }: Pair, redis: RedisUnderLoad, jobs: number): Promise<JobSample> {
  const pids = [producer.pid ?? 0, worker.pid ?? 0, redis.pid];
  const before = await completedBy(worker);
  const startMs = performance.now();
  const startUs = pids.map(cpuUs);
  producer.send({ jobs } satisfies EnqueueOrder);
  await told(producer);
  await until(async () => (await completedBy(worker)) - before >= jobs, DONE_WITHIN_MS, { everyMs: LOOK_EVERY_MS });
  const tookMs = performance.now() - startMs;
  const [producerCpuUs = Number.NaN, workerCpuUs = Number.NaN, redisCpuUs = Number.NaN] = pids.map(
    (pid, at) => (cpuUs(pid) - (startUs[at] ?? Number.NaN)) / jobs,
  );
  return { producerCpuUs, workerCpuUs, redisCpuUs, perSecond: (jobs * 1_000) / tookMs };
}

async function completedBy(worker: ChildProcess): Promise<number> {
  worker.send('how many');
  const { jobs } = (await told(worker)) as EnqueueOrder;
  return jobs;
}

/** The next that a process says. Rejects when it ends before. */
async function told(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process that is measured ended with ${String(code)}`);
  });
  try {
    const [said] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
    return said;
  } finally {
    ended.catch(() => undefined);
    over.abort();
  }
}
