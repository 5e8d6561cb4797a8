import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { alternate } from './alternate.ts';
import { type Bench, type Report, shortOf } from './report.ts';
import { type Contender, type Opening, PAIRS } from './stores/contenders.ts';
import { cpuUs } from './visit/processes.ts';
import { formatRatio, median, ratioOf } from './visit/ratios.ts';

interface StoresPlan {
  readonly rounds: number;
  readonly operations: number;
}

interface StoreSample {
  readonly clientCpuUs: number;
  readonly redisCpuUs: number;
}

const AT_ONCE = 64;
const DEFAULTS: StoresPlan = { rounds: 10, operations: 10_000 };
const SHORT: StoresPlan = { rounds: 1, operations: 100 };

const client = ({ clientCpuUs }: StoreSample): number => clientCpuUs;
const server = ({ redisCpuUs }: StoreSample): number => redisCpuUs;

async function measure({ run }: Contender, operations: number, redisPid: number): Promise<StoreSample> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < operations) await run(next++);
  };
  const redisStartUs = cpuUs(redisPid);
  const start = process.cpuUsage();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { user, system } = process.cpuUsage(start);
  return {
    clientCpuUs: (user + system) / operations,
    redisCpuUs: (cpuUs(redisPid) - redisStartUs) / operations,
  };
}

async function runStores({ rounds, operations }: StoresPlan): Promise<Report> {
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  const table = [['', 'client CPU µs', 'to the usual', 'Redis CPU µs', 'to the usual']];
  try {
    for (const { work, contenders } of PAIRS) {
      const open = new Map<Opening, Contender>();
      try {
        for (const opening of contenders) open.set(opening, await opening.open(redis.url));
        const sampled = (opening: Opening) => measure(open.get(opening)!, operations, redis.pid);
        // The first round is for the compiler.
        for (const opening of contenders) await sampled(opening);
        const measured = await alternate(contenders, rounds, sampled);
        const usual = measured.get(contenders[0])!;
        for (const opening of contenders) {
          const samples = measured.get(opening)!;
          table.push([
            `${work}: ${opening.name}`,
            shortOf(median(samples.map(client))),
            formatRatio(ratioOf(samples, usual, client)),
            shortOf(median(samples.map(server))),
            formatRatio(ratioOf(samples, usual, server)),
          ]);
        }
      } finally {
        for (const each of open.values()) await each.close();
      }
    }
    return { table, bounds: [] };
  } finally {
    await redis.stop();
  }
}

export const stores: Bench = {
  name: 'stores',
  shows: 'CPU of the client and of Redis for a session store and a throttler storage, beside the usual ones',
  run: () => runStores(DEFAULTS),
  short: () => runStores(SHORT),
};
