import { setTimeout as pause } from 'node:timers/promises';
import { type FailedAttempt, startGateway, startFakeReplica, type FakeReplicaOptions } from './balancing/fleet.ts';
import { load, type Reply } from './balancing/load.ts';
import { type Bench, type Bound, percentile, shortOf } from './report.ts';

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
  /** What it is sent once it has served for a while; the others are sick from their first request on. */
  readonly signal?: 'SIGSTOP' | 'SIGKILL';
}

const WELL = { tookMs: 20, status: 200 };
const KILLED: Fault = { name: 'killed', sick: WELL, signal: 'SIGKILL' };
const STOPPED: Fault = { name: 'stopped', sick: WELL, signal: 'SIGSTOP' };
const SLOW: Fault = { name: '10x slower', sick: { tookMs: 200, status: 200 } };
const FAILING: Fault = { name: '503 in 1 ms', sick: { tookMs: 1, status: 503 } };

interface Cell {
  readonly fault: Fault;
  readonly balancer: Balancer;
  readonly replies: readonly Reply[];
  /** Requests that went to the sick replica, of all. */
  readonly sickShare: number;
  readonly failedAttempts: readonly FailedAttempt[];
}

async function cellOf(fault: Fault, balancer: Balancer, { perSecond, forMs }: BalancingPlan): Promise<Cell> {
  const { signal } = fault;
  const orders = [
    { name: 'api-1', ...WELL },
    { name: 'api-2', ...WELL },
    { name: 'api-3', ...fault.sick },
  ];
  const replicas = await Promise.all(orders.map(startFakeReplica));
  const sick = replicas[2]!;
  const ports = replicas.map(({ port }) => port);
  const gateway = await startGateway(ports, balancer);
  try {
    const warmUpMs = signal ? WARM_UP_MS : 0;
    const loading = load(gateway.port, Object.values(PATHS), { perSecond, forMs: warmUpMs + forMs });
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
  'p50 ms',
  'p99 ms',
];

const rowOf = (cell: Cell): string[] => [
  cell.fault.name,
  cell.balancer,
  `${cell.replies.length}`,
  percent(failedShare(cell, PATHS.idempotent)),
  percent(failedShare(cell, PATHS.others)),
  percent(cell.sickShare),
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
  ];
}

const STEADY: BalancingPlan = { perSecond: 120, forMs: 8_000 };

/** The built gateway over three replicas of which one is sick, with each balancer in turn. */
export async function runBalancing(plan: BalancingPlan = STEADY): ReturnType<Bench['run']> {
  const cells: Cell[] = [];
  for (const fault of [KILLED, STOPPED, SLOW, FAILING])
    for (const balancer of BALANCERS) cells.push(await cellOf(fault, balancer, plan));
  return { table: [HEADING, ...cells.map(rowOf)], bounds: boundsOf(cells) };
}

export const balancing: Bench = {
  name: 'balancing',
  shows: `the built gateway over three replicas, one of them sick, ${STEADY.perSecond} requests a second (loopback)`,
  run: () => runBalancing(),
  short: () => runBalancing({ perSecond: 40, forMs: 500 }),
};
