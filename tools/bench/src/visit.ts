import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { type Bench, type Bound, shortOf } from './report.ts';
import { CONTENDERS, type Contender, BASELINE } from './visit/contenders.ts';
import { type Entry, SHORT, DEFAULTS, type VisitPlan, measureVisits } from './visit/measure-visit.ts';
import { startApi, startContender } from './visit/processes.ts';
import { GO_SEED, formatRatio, median, ratioOf, type Sample, type Samples } from './visit/ratios.ts';

const BUNDLE = 'dist/apps/api/main.js';

/** In units of the Go seed. */
const MAX = { ours: 0.55, api: 0.85, redis: 0.2 };

const isApi = (name: Contender): name is 'api' => name === 'api';
const entries: readonly Entry[] = (Object.keys(CONTENDERS) as Contender[]).map((contender) => ({
  name: contender,
  shows: CONTENDERS[contender],
  start: (redisUrl) => (isApi(contender) ? startApi(redisUrl, BUNDLE) : startContender({ contender, redisUrl })),
}));

const cpu = ({ cpuUs }: Sample): number => cpuUs;
const redisCpu = ({ redisCpuUs }: Sample): number => redisCpuUs;

export async function runVisit(plan: VisitPlan = DEFAULTS): ReturnType<Bench['run']> {
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  try {
    const measured = await measureVisits(entries, redis, plan);
    return reportOf(measured);
  } finally {
    await redis.stop();
  }
}

function reportOf(measured: ReadonlyMap<string, Samples>): Awaited<ReturnType<Bench['run']>> {
  const samplesOf = (name: string): Samples => measured.get(name) ?? [];
  const baseline = samplesOf(BASELINE);
  const row = ({ name, shows }: Entry): string[] => {
    const samples = samplesOf(name);
    const ratio = ratioOf(samples, baseline, cpu);
    const redisRatio = ratioOf(samples, baseline, redisCpu);
    return [
      shows,
      shortOf(median(samples.map(cpu))),
      formatRatio(ratio),
      shortOf(ratio.median * GO_SEED.perBaseline),
      shortOf(median(samples.map(redisCpu))),
      shortOf(redisRatio.median * GO_SEED.redisPerBaseline),
      shortOf(median(samples.map(({ perSecond }) => perSecond))),
    ];
  };
  const inGo = (what: string, name: Contender, of: typeof cpu, max: number): Bound => {
    const perBaseline = of === cpu ? GO_SEED.perBaseline : GO_SEED.redisPerBaseline;
    return { what, value: ratioOf(samplesOf(name), baseline, of).median * perBaseline, max, unit: '× Go seed' };
  };
  return {
    table: [['', 'CPU µs', 'to the first', '× Go seed', 'Redis µs', '× Go seed', 'per second'], ...entries.map(row)],
    bounds: [
      inGo('CPU of a visit without middleware', 'ours', cpu, MAX.ours),
      inGo('CPU of a visit with all of it', 'api', cpu, MAX.api),
      inGo('Redis’ CPU of a visit without middleware', 'ours', redisCpu, MAX.redis),
      inGo('Redis’ CPU of a visit with all of it', 'api', redisCpu, MAX.redis),
    ],
  };
}

export const visit: Bench = {
  name: 'visit',
  shows: 'what a visit costs the process and Redis, 64 connections with sessions, a real Redis; Go seed: see README',
  run: () => runVisit(),
  short: () => runVisit(SHORT),
};
