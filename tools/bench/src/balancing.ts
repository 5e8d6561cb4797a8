import { setTimeout as pause } from 'node:timers/promises';
import { type FailedAttempt, startGateway, startFakeReplica, type FakeReplicaOptions } from './balancing/fleet.ts';
import { load, type Reply } from './balancing/load.ts';
import { type Bench, type Bound, percentile, shortOf } from './report.ts';

/** The second is what the first is compared with. */
const BALANCERS = ['power-of-two', 'round-robin'] as const;
type Balancer = (typeof BALANCERS)[number];

export interface BalancingPlan {
  readonly perSecond: number;
  readonly forMs: number;
}

const WARM_UP_MS = 1_000;
const UNDER_WAY_MS = 50;
/** What a woken replica needs to read what was sent to it while it was stopped. */
const READ_MS = 300;
/** A refusing replica is tried again after a second. */
const PROBE_AFTER_MS = 900;

/** May be sent again, and may not. */
const PATHS = { idempotent: '/api/whoami', others: '/api/' } as const;

interface Fault {
  readonly name: string;
  readonly sick: Omit<FakeReplicaOptions, 'name'>;
  /** What the others do. @default WELL */
  readonly others?: Omit<FakeReplicaOptions, 'name'>;
  /** So many times longer than the others: what is compared each 10 s. @default 1 */
  readonly times?: number;
  /** What it is sent once it has served for a while; the others are sick from their first request on. */
  readonly signal?: 'SIGSTOP' | 'SIGKILL';
}

const WELL = { tookMs: 20, status: 200 };
const KILLED: Fault = { name: 'killed', sick: WELL, signal: 'SIGKILL' };
const STOPPED: Fault = { name: 'stopped', sick: WELL, signal: 'SIGSTOP' };
const SLOW: Fault = { name: '10x slower', sick: { tookMs: 200, status: 200 } };
const FAILING: Fault = { name: '503 in 1 ms', sick: { tookMs: 1, status: 503 } };
const FAILING_SOME: Fault = { name: '503, each fourth', sick: { ...WELL, failsEach: 4 }, times: 4 };
/** Who refuses is quick and idle: it must not draw the requests of those that work. */
const REFUSING: readonly Fault[] = [
  { name: '429 in 1 ms', sick: { tookMs: 1, status: 429 }, others: { tookMs: 40, status: 200 } },
  { name: '404 in 1 ms', sick: { tookMs: 1, status: 404 } },
];
const NONE: Fault = { name: 'as the others', sick: WELL };
const FAULTS: readonly Fault[] = [KILLED, STOPPED, SLOW, FAILING, FAILING_SOME, ...REFUSING, NONE];

interface Cell {
  readonly fault: Fault;
  readonly balancer: Balancer;
  readonly replies: readonly Reply[];
  /** Requests that went to the sick replica, of all. */
  readonly sickShare: number;
  readonly failedAttempts: readonly FailedAttempt[];
}

async function cellOf(fault: Fault, balancer: Balancer, { perSecond, forMs }: BalancingPlan): Promise<Cell> {
  const { signal, others = WELL, times = 1 } = fault;
  const orders = [
    { name: 'api-1', ...others },
    { name: 'api-2', ...others },
    { name: 'api-3', ...fault.sick },
  ];
  const replicas = await Promise.all(orders.map(startFakeReplica));
  const sick = replicas[2]!;
  const ports = replicas.map(({ port }) => port);
  const gateway = await startGateway(ports, balancer);
  try {
    const warmUpMs = signal ? WARM_UP_MS : 0;
    const loading = load(gateway.port, Object.values(PATHS), { perSecond, forMs: warmUpMs + forMs * times });
    await pause(warmUpMs);
    const before = await sick.requests();
    if (signal) sick.child.kill(signal);
    // What was under way in that moment is part of what the fault does.
    const replies = (await loading).filter(({ atMs }) => atMs >= warmUpMs - UNDER_WAY_MS);
    if (signal === 'SIGSTOP') {
      sick.child.kill('SIGCONT');
      await pause(READ_MS);
    }
    const { failedAttempts } = gateway;
    const met = signal === 'SIGKILL' ? failedAttempts.length : (await sick.requests()) - before;
    return { fault, balancer, replies, sickShare: met / replies.length, failedAttempts };
  } finally {
    gateway.child.kill('SIGKILL');
    for (const { child } of replicas) child.kill('SIGKILL');
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function failedShare({ replies }: Cell, path: string): number {
  const asked = replies.filter((reply) => reply.path === path);
  return asked.filter(({ status }) => status !== 200).length / asked.length;
}

const tookMs = ({ replies }: Cell, share: number): number =>
  percentile(
    replies.map((reply) => reply.tookMs),
    share,
  );

/** From the first refusal to the last one before the replica was ejected: later ones are probes, a second apart. */
function refusedForMs({ failedAttempts }: Cell): number {
  const times = failedAttempts.filter(({ outcome }) => outcome === 'refused').map(({ time }) => time);
  const firstMs = Math.min(...times);
  return Math.max(...times.filter((time) => time < firstMs + PROBE_AFTER_MS)) - firstMs;
}

const HEADING = [
  'one of three is',
  'balancer',
  'requests',
  'failed, idempotent',
  'failed, others',
  'its share',
  'to round-robin',
  'p50 ms',
  'p99 ms',
];

/** Its share as a part of what it has with round-robin. */
function toBaseline({ fault, sickShare }: Cell, cells: readonly Cell[]): number {
  return sickShare / cells.find((each) => each.fault === fault && each.balancer === BALANCERS[1])!.sickShare;
}

const rowOf = (cell: Cell, cells: readonly Cell[]): string[] => [
  cell.fault.name,
  cell.balancer,
  `${cell.replies.length}`,
  percent(failedShare(cell, PATHS.idempotent)),
  percent(failedShare(cell, PATHS.others)),
  percent(cell.sickShare),
  shortOf(toBaseline(cell, cells)),
  shortOf(tookMs(cell, 0.5)),
  shortOf(tookMs(cell, 0.99)),
];

function boundsOf(cells: readonly Cell[]): Bound[] {
  const byDefault = cells.filter(({ balancer }) => balancer === BALANCERS[0]);
  const cell = (fault: Fault): Cell => byDefault.find((each) => each.fault === fault)!;
  const lost = ({ fault, ...rest }: Cell): Bound => ({
    what: `${fault.name}: idempotent requests that failed`,
    value: 100 * failedShare({ fault, ...rest }, PATHS.idempotent),
    max: 0,
    unit: '%',
  });
  const killed = cell(KILLED);
  return [
    ...[KILLED, STOPPED, SLOW].map((fault) => lost(cell(fault))),
    { what: 'killed: from the first refusal to the last', value: refusedForMs(killed), max: 50, unit: 'ms' },
    ...[STOPPED, SLOW, FAILING].map((fault) => ({
      what: `${fault.name}: its share of the requests`,
      value: 100 * cell(fault).sickShare,
      max: fault === SLOW ? 20 : 5,
      unit: '%',
    })),
    {
      what: `${FAILING_SOME.name}: its share of the requests with round-robin`,
      value: 100 * cells.find((each) => each.fault === FAILING_SOME && each.balancer === BALANCERS[1])!.sickShare,
      max: 25,
      unit: '%',
    },
    ...[...REFUSING, NONE].map((fault) => ({
      what: `${fault.name}: its share to that with round-robin`,
      value: toBaseline(cell(fault), cells),
      max: 1.15,
      unit: 'times',
    })),
  ];
}

const STEADY: BalancingPlan = { perSecond: 120, forMs: 8_000 };

/** The built gateway over three replicas of which one is sick, with each balancer in turn. */
export async function runBalancing(plan: BalancingPlan = STEADY): ReturnType<Bench['run']> {
  const cells: Cell[] = [];
  for (const fault of FAULTS) for (const balancer of BALANCERS) cells.push(await cellOf(fault, balancer, plan));
  return { table: [HEADING, ...cells.map((cell) => rowOf(cell, cells))], bounds: boundsOf(cells) };
}

export const balancing: Bench = {
  name: 'balancing',
  shows: `the built gateway over three replicas, one of them sick, ${STEADY.perSecond} requests a second (loopback)`,
  run: () => runBalancing(),
  short: () => runBalancing({ perSecond: 40, forMs: 500 }),
};
