import { alternate } from '../alternate.ts';
import type { Running } from '../built-app.ts';
import { cookiesOf, cpuUs, type Load, pin, startLoad } from './processes.ts';
import type { Sample } from './ratios.ts';

export interface Entry {
  readonly name: string;
  readonly shows: string;
  start(redisUrl: string): Promise<Running>;
}

export interface VisitPlan {
  readonly connections: number;
  readonly rounds: number;
  readonly roundMs: number;
  /** For the compiler, each contender once, not measured. */
  readonly warmUpMs: number;
}

export const DEFAULTS: VisitPlan = { connections: 64, rounds: 7, roundMs: 2_000, warmUpMs: 2_000 };
export const SHORT: VisitPlan = { connections: 4, rounds: 2, roundMs: 200, warmUpMs: 100 };

export interface RedisUnderLoad {
  readonly url: string;
  readonly pid: number;
}

interface Ready extends Running {
  readonly entry: Entry;
  readonly cookies: readonly string[];
}

/** The processor of who is measured; Redis and the load share the other one. */
const MEASURED_ON = 0;
const OTHERS_ON = 1;

/** All contenders in turn. Each has the same Redis, the same load and as many sessions as there are connections. */
export async function measureVisits(
  entries: readonly Entry[],
  redis: RedisUnderLoad,
  { connections, rounds, roundMs, warmUpMs }: VisitPlan,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const load = startLoad();
  const ready: Ready[] = [];
  try {
    for (const entry of entries) {
      const running = await entry.start(redis.url);
      pin(running.child, MEASURED_ON);
      const cookies = await cookiesOf(running.port, connections);
      ready.push({ ...running, entry, cookies });
    }
    pin(load.child, OTHERS_ON);
    pin(redis, OTHERS_ON);
    for (const each of ready) await sample(each, load, redis, warmUpMs);
    const samples = await alternate(ready, rounds, (each) => sample(each, load, redis, roundMs));
    return new Map([...samples].map(([{ entry }, taken]) => [entry.name, taken]));
  } finally {
    for (const { child } of [load, ...ready]) child.kill();
  }
}

async function sample({ port, child, cookies, entry }: Ready, load: Load, redis: RedisUnderLoad, forMs: number) {
  const pid = child.pid ?? 0;
  const [startUs, redisStartUs, startMs] = [cpuUs(pid), cpuUs(redis.pid), performance.now()];
  const { answered, failed } = await load.run({ port, cookies, forMs });
  const tookMs = performance.now() - startMs;
  if (failed > 0 || answered === 0) throw new Error(`${entry.name}: ${failed} requests failed, ${answered} did not`);
  return {
    cpuUs: (cpuUs(pid) - startUs) / answered,
    redisCpuUs: (cpuUs(redis.pid) - redisStartUs) / answered,
    perSecond: (answered * 1_000) / tookMs,
  } satisfies Sample;
}
