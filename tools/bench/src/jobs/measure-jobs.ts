import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withDeadline } from '@nestfleet/timing';
import { alternate } from '../alternate.ts';
import { cpuUs, pin } from '../visit/processes.ts';
import { type ContenderName, type ContenderOrder, type JobsOrder, type JobsReport, NAMES } from './contenders.ts';

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

export const DEFAULTS: JobsPlan = { rounds: 20, jobs: 1_000, warmUpJobs: 4_000 };
export const SHORT: JobsPlan = { rounds: 2, jobs: 50, warmUpJobs: 50 };

/** The processors of who is measured; Redis shares the second one. */
const WORKER_ON = 0;
const OTHERS_ON = 1;
const DONE_WITHIN_MS = 120_000;

interface Pair {
  readonly name: ContenderName;
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
): Promise<ReadonlyMap<ContenderName, readonly JobSample[]>> {
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
    for (const name of NAMES) {
      const order = { name, redisUrl: redis.url };
      const worker = await start({ ...order, role: 'worker' });
      pairs.push({ name, worker, producer: await start({ ...order, role: 'producer' }) });
    }
    for (const pair of pairs) await sample(pair, redis, warmUpJobs);
    const samples = await alternate(pairs, rounds, (pair) => sample(pair, redis, jobs));
    return new Map([...samples].map(([{ name }, taken]) => [name, taken]));
  } finally {
    for (const child of children) child.kill();
  }
}

async function sample({ producer, worker }: Pair, redis: RedisUnderLoad, jobs: number): Promise<JobSample> {
  const startMs = performance.now();
  const redisStartUs = cpuUs(redis.pid);
  // The worker first: it counts from then on.
  const reports = [worker, producer].map((child) => {
    const report = told(child);
    child.send({ jobs } satisfies JobsOrder);
    return report as Promise<JobsReport>;
  });
  const [workerReport, producerReport] = await withDeadline(Promise.all(reports), DONE_WITHIN_MS);
  return {
    producerCpuUs: (producerReport?.cpuUs ?? Number.NaN) / jobs,
    workerCpuUs: (workerReport?.cpuUs ?? Number.NaN) / jobs,
    redisCpuUs: (cpuUs(redis.pid) - redisStartUs) / jobs,
    perSecond: (jobs * 1_000) / (performance.now() - startMs),
  };
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
