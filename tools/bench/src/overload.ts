import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { startGateway } from './balancing/fleet.ts';
import { openLoop, type Reply } from './overload/load.ts';
import { PLACES, WORK_EVENT } from './overload/parts.ts';
import { type Bench, type Bound, percentile, shortOf } from './report.ts';
import { startApi } from './visit/processes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILD_WITHIN_MS = 120_000;

/** So long a client waits, milliseconds. */
const DEADLINE_MS = 2_500;
const UNLOADED = 0.2;

export interface OverloadPlan {
  /** Load as a multiple of the capacity. */
  readonly factors: readonly number[];
  /** Until the limit has seen that it is no burst, milliseconds; shown apart. */
  readonly onsetMs: number;
  readonly forMs: number;
}

interface Variant {
  readonly name: string;
  /** Parts of the api that are left out. */
  readonly without: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Work {
  readonly name: string;
  readonly replicas: number;
  /** Of each piece of work, milliseconds. */
  readonly workMs: number;
  /** What all replicas can do, requests a second. */
  readonly capacity: number;
  readonly variants: readonly Variant[];
}

/** What who runs such a replica sets: its places, and a wait that is short beside its work. */
const LIMIT = { CONCURRENT_REQUESTS_MAX: String(PLACES), QUEUE_TARGET_MS: '125' };
const WAITING: Work = {
  name: 'waits 500 ms',
  replicas: 2,
  workMs: 500,
  capacity: 2 * PLACES * 2,
  variants: [
    { name: 'no limit', without: 'without-unlimited-work+load-shedding', env: LIMIT },
    { name: 'the limit', without: 'without-unlimited-work', env: LIMIT },
  ],
};
/** One replica with a processor for itself; a tenth of it is for all that is not the work. */
const COMPUTING: Work = {
  name: 'computes 20 ms',
  replicas: 1,
  workMs: 20,
  capacity: 45,
  variants: [
    { name: 'no limit', without: 'without-waiting-work+load-shedding', env: {} },
    { name: 'the limit', without: 'without-waiting-work', env: {} },
  ],
};

interface Cell {
  readonly of: Work;
  readonly variant: Variant;
  readonly factor: number;
  readonly unloadedP99Ms: number;
  readonly onset: Measured;
  readonly steady: Measured;
  /** Pieces of work that ended when their caller did not wait any more, of all. */
  readonly uselessShare: number;
  /** Attempts of the gateway for each request. */
  readonly amplification: number;
}

interface Measured {
  /** Answered in time, a second. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The time of a refusal. */
  readonly refusedP99Ms: number;
}

async function build({ without }: Variant): Promise<string> {
  const args = ['tools/rolldown.mjs', 'build', 'apps/api', `--without=${without}`];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: BUILD_WITHIN_MS });
  return `dist/variants/${without}/api/main.js`;
}

/** The sum of a counter over its labels. */
async function counterOf(metricsPort: number | undefined, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function measured(replies: readonly Reply[], forMs: number): Measured {
  const good = replies.filter(({ status }) => status === 200).map(({ tookMs }) => tookMs);
  const refused = replies.filter(({ status }) => status === 503).map(({ tookMs }) => tookMs);
  return {
    goodput: (good.length * 1_000) / forMs,
    p50Ms: percentile(good, 0.5),
    p99Ms: percentile(good, 0.99),
    refusedP99Ms: percentile(refused, 0.99),
  };
}

async function cellOf(
  of: Work,
  variant: Variant,
  bundle: string,
  factor: number,
  plan: OverloadPlan,
  redisUrl: string,
): Promise<Cell> {
  const { replicas: count, workMs, capacity } = of;
  const work = { done: 0, useless: 0 };
  const onLine = (line: unknown): void => {
    const said = line as { event?: string; in_time?: boolean } | undefined;
    if (said?.event !== WORK_EVENT) return;
    work.done += 1;
    if (said.in_time !== true) work.useless += 1;
  };
  const env = { DIAGNOSTIC_ROUTES: 'true', LOG_LEVEL: 'error', ...variant.env };
  const replicas = await Promise.all(
    Array.from({ length: count }, () => startApi(redisUrl, bundle, { env, onEntry: onLine })),
  );
  const gateway = await startGateway(
    replicas.map(({ port }) => port),
    'power-of-two',
  );
  try {
    const load = { path: `/api/diagnostics/wait?ms=${workMs}`, deadlineMs: DEADLINE_MS };
    const calm = await openLoop(gateway.port, { ...load, perSecond: capacity * UNLOADED, forMs: plan.forMs / 2 });
    const attempts = (): Promise<number> => counterOf(gateway.metricsPort, 'nestfleet_upstream_attempts_total');
    const before = await attempts();
    Object.assign(work, { done: 0, useless: 0 });
    const { onsetMs, forMs } = plan;
    const replies = await openLoop(gateway.port, { ...load, perSecond: capacity * factor, forMs: onsetMs + forMs });
    return {
      of,
      variant,
      factor,
      unloadedP99Ms: measured(calm, 1).p99Ms,
      onset: measured(
        replies.filter(({ atMs }) => atMs < onsetMs),
        onsetMs,
      ),
      steady: measured(
        replies.filter(({ atMs }) => atMs >= onsetMs),
        forMs,
      ),
      uselessShare: work.useless / work.done,
      amplification: ((await attempts()) - before) / replies.length,
    };
  } finally {
    gateway.child.kill('SIGKILL');
    for (const { child } of replicas) child.kill('SIGKILL');
  }
}

const HEADING = [
  'its work',
  'load, × capacity',
  '',
  'goodput, of capacity',
  'p50 ms',
  'p99 ms',
  '× unloaded',
  'refused p99 ms',
  'useless work',
  'attempts per request',
  'goodput at the onset',
];
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const rowOf = ({ of, variant, factor, unloadedP99Ms, onset, steady, uselessShare, amplification }: Cell): string[] => [
  of.name,
  `${factor}`,
  variant.name,
  percent(steady.goodput / of.capacity),
  shortOf(steady.p50Ms),
  shortOf(steady.p99Ms),
  shortOf(steady.p99Ms / unloadedP99Ms),
  shortOf(steady.refusedP99Ms),
  percent(uselessShare),
  amplification.toFixed(2),
  percent(onset.goodput / of.capacity),
];

function boundsOf({ of, steady, unloadedP99Ms, uselessShare, amplification, factor }: Cell): Bound[] {
  const where = `${of.name}, ${factor} × capacity`;
  return [
    {
      what: `${where}: goodput that is missing`,
      value: 100 * (1 - steady.goodput / of.capacity),
      max: 10,
      unit: '%',
    },
    {
      what: `${where}: p99 of what is answered`,
      value: steady.p99Ms / unloadedP99Ms,
      max: 3,
      unit: '× unloaded',
    },
    { what: `${where}: work for clients that had gone`, value: 100 * uselessShare, max: 5, unit: '%' },
    { what: `${where}: attempts per request`, value: amplification, max: 1.1, unit: '×' },
  ];
}

const STEADY: OverloadPlan = { factors: [1, 3], onsetMs: 4_000, forMs: 15_000 };

/** The built gateway over replicas of a known capacity, asked for more than they can do, without the limit and with it. */
export async function runOverload(plan: OverloadPlan = STEADY): ReturnType<Bench['run']> {
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  const cells: Cell[] = [];
  try {
    for (const work of [WAITING, COMPUTING])
      for (const variant of work.variants) {
        const bundle = await build(variant);
        for (const factor of plan.factors) cells.push(await cellOf(work, variant, bundle, factor, plan, redis.url));
      }
  } finally {
    await redis.stop();
  }
  const most = Math.max(...plan.factors);
  const limited = cells.filter(({ variant, factor }) => variant.name === 'the limit' && factor === most);
  return { table: [HEADING, ...cells.map(rowOf)], bounds: limited.flatMap(boundsOf) };
}

export const overload: Bench = {
  name: 'overload',
  shows:
    'replicas of a known capacity, asked for 3 times as much, without the limit and with it; their work waits, or computes',
  run: () => runOverload(),
  short: () => runOverload({ factors: [2], onsetMs: 200, forMs: 400 }),
};
