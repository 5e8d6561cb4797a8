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

const REPLICAS = 2;
/** Of each piece of work, milliseconds. */
const WORK_MS = 500;
/** What all replicas can do, requests a second. */
const CAPACITY = (REPLICAS * PLACES * 1_000) / WORK_MS;
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

/** What who runs such a replica sets: its places, and a wait that is short beside its work. */
const LIMIT = { CONCURRENT_REQUESTS_MAX: String(PLACES), QUEUE_TARGET_MS: String(WORK_MS / 4) };
const VARIANTS: readonly Variant[] = [
  { name: 'no limit', without: 'without-unlimited-work+load-shedding', env: LIMIT },
  { name: 'the limit', without: 'without-unlimited-work', env: LIMIT },
];

interface Cell {
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
  variant: Variant,
  bundle: string,
  factor: number,
  plan: OverloadPlan,
  redisUrl: string,
): Promise<Cell> {
  const work = { done: 0, useless: 0 };
  const onLine = (line: unknown): void => {
    const said = line as { event?: string; in_time?: boolean } | undefined;
    if (said?.event !== WORK_EVENT) return;
    work.done += 1;
    if (said.in_time !== true) work.useless += 1;
  };
  const env = { DIAGNOSTIC_ROUTES: 'true', LOG_LEVEL: 'error', ...variant.env };
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => startApi(redisUrl, bundle, { env, onEntry: onLine })),
  );
  const gateway = await startGateway(
    replicas.map(({ port }) => port),
    'power-of-two',
  );
  try {
    const load = { path: `/api/diagnostics/wait?ms=${WORK_MS}`, deadlineMs: DEADLINE_MS };
    const calm = await openLoop(gateway.port, { ...load, perSecond: CAPACITY * UNLOADED, forMs: plan.forMs / 2 });
    const attempts = (): Promise<number> => counterOf(gateway.metricsPort, 'nestfleet_upstream_attempts_total');
    const before = await attempts();
    Object.assign(work, { done: 0, useless: 0 });
    const { onsetMs, forMs } = plan;
    const replies = await openLoop(gateway.port, { ...load, perSecond: CAPACITY * factor, forMs: onsetMs + forMs });
    return {
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

const rowOf = ({ variant, factor, unloadedP99Ms, onset, steady, uselessShare, amplification }: Cell): string[] => [
  `${factor}`,
  variant.name,
  percent(steady.goodput / CAPACITY),
  shortOf(steady.p50Ms),
  shortOf(steady.p99Ms),
  shortOf(steady.p99Ms / unloadedP99Ms),
  shortOf(steady.refusedP99Ms),
  percent(uselessShare),
  amplification.toFixed(2),
  percent(onset.goodput / CAPACITY),
];

function boundsOf(cells: readonly Cell[]): Bound[] {
  const { steady, unloadedP99Ms, uselessShare, amplification, factor } = cells.at(-1)!;
  return [
    {
      what: `${factor} × capacity: goodput that is missing`,
      value: 100 * (1 - steady.goodput / CAPACITY),
      max: 10,
      unit: '%',
    },
    {
      what: `${factor} × capacity: p99 of what is answered`,
      value: steady.p99Ms / unloadedP99Ms,
      max: 3,
      unit: '× unloaded',
    },
    { what: `${factor} × capacity: work for clients that had gone`, value: 100 * uselessShare, max: 5, unit: '%' },
    { what: `${factor} × capacity: attempts per request`, value: amplification, max: 1.1, unit: '×' },
  ];
}

const STEADY: OverloadPlan = { factors: [1, 3], onsetMs: 4_000, forMs: 15_000 };

/** The built gateway over replicas of a known capacity, asked for more than they can do, without the limit and with it. */
export async function runOverload(plan: OverloadPlan = STEADY): ReturnType<Bench['run']> {
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  const cells: Cell[] = [];
  try {
    for (const variant of VARIANTS) {
      const bundle = await build(variant);
      for (const factor of plan.factors) cells.push(await cellOf(variant, bundle, factor, plan, redis.url));
    }
  } finally {
    await redis.stop();
  }
  return { table: [HEADING, ...cells.map(rowOf)], bounds: boundsOf(cells) };
}

export const overload: Bench = {
  name: 'overload',
  shows: `${REPLICAS} replicas that can do ${CAPACITY} requests a second, asked for 3 times as many, without the limit and with it`,
  run: () => runOverload(),
  short: () => runOverload({ factors: [2], onsetMs: 200, forMs: 400 }),
};
