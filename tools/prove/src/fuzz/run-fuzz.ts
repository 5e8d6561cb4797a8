import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../load/random.ts';
import { until } from '../client/until.ts';
import { planAnswer } from './answer-plan.ts';
import { type TestBed, type Front, openTestBed } from './test-bed.ts';
import { type ActionLog, runConnection, startLog } from './client-connection.ts';
import { type ConnectionPlan, planConnection } from './connection-plan.ts';
import { faultsOfConnection } from './oracle.ts';
import { liveHeapBytes } from './live-heap.ts';
import { quiesce } from './quiescence.ts';

export interface FuzzSettings {
  readonly seed: number;
  readonly seconds: number;
  readonly appsDir: string;
  readonly redisUrl: string | undefined;
  /** Numbers of connections: they alone, once. */
  readonly only: readonly number[] | undefined;
  /** Ends with the first find. */
  readonly stopsAtFirst: boolean;
  readonly say: (line: string) => void;
}

export interface FuzzReport {
  /** How often each kind of fault was found. */
  readonly finds: ReadonlyMap<string, number>;
  /** Requests by kind, ends and mutations by name. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Connections at a time, and the least rest between two beginnings: loopback is not to be filled. */
const AT_A_TIME = 32;
const BEGIN_EVERY_MS = 4;
/** A round, of which a part is for the checks behind it; shorter where the first find ends the run. */
const ROUND_S = 20;
const SHORT_ROUND_S = 10;
const SENDING = 0.6;
/** Kinds of finds after which a run ends; of each the first is applied whole. */
const KINDS_MAX = 12;
/** Live bytes that may come between the first round, in which all is warmed up, and the last. */
const HEAP_GROWTH_MAX_BYTES = 6 * 1024 * 1024;
const HEAP_MS = 10_000;

class Fuzz {
  /** How often each kind of fault was found: the words without their numbers and what they quote. */
  readonly finds = new Map<string, number>();
  readonly counts = new Map<string, number>();
  private next = 0;
  private readonly heaps = new Map<string, number[]>();
  private readonly ports = new Map<number, number>();
  private readonly recent: ActionLog[] = [];
  private readonly random;

  private readonly settings: FuzzSettings;
  private readonly testBed: TestBed;

  constructor(settings: FuzzSettings, testBed: TestBed) {
    this.settings = settings;
    this.testBed = testBed;
    this.random = seededRandom(settings.seed);
  }

  get isOver(): boolean {
    return this.finds.size >= (this.settings.stopsAtFirst ? 1 : KINDS_MAX) || this.dead.length > 0;
  }

  find(words: string, logs: readonly ActionLog[] = []): void {
    const kind = words.replaceAll(/".*/gs, '…').replaceAll(/\d+/g, 'N');
    const known = this.finds.get(kind) ?? 0;
    this.finds.set(kind, known + 1);
    if (known > 0) return;
    this.settings.say(`FIND ${words}`);
    for (const { plan, actions } of logs) {
      const kinds = plan.requests.map((request) => request.kind).join(', ');
      this.settings.say(`  connection ${plan.number} to ${plan.surface.name} (${kinds}):`);
      for (const action of actions) this.settings.say(`    ${action}`);
    }
  }

  private get dead() {
    return this.testBed.processes.filter((target) => target.death() !== undefined);
  }

  private count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Connections one after the other, several at a time, until the time is over or something has died. */
  async round(untilMs: number): Promise<void> {
    const running = new Set<Promise<void>>();
    while (performance.now() < untilMs && !this.isOver) {
      const number = this.next++;
      const one = this.connection(number).finally(() => running.delete(one));
      running.add(one);
      if (running.size >= AT_A_TIME) await Promise.race(running);
      else await sleep(BEGIN_EVERY_MS);
    }
    // What has ended the run is not waited for.
    if (!this.isOver) await Promise.all(running);
  }

  async connection(number: number): Promise<void> {
    const front = this.frontOf(number);
    const plan = planConnection(this.random.fork(`connection ${number}`), front.surface, number);
    for (const { kind } of plan.requests) this.count(`request ${kind}`);
    const log = startLog(plan);
    this.recent.push(log);
    if (this.recent.length > 2 * AT_A_TIME) this.recent.shift();
    const seen = await runConnection(log, front.port);
    if (log.port !== undefined) this.ports.set(log.port, number);
    if (this.isOver) return;
    this.count(`connection ended ${seen.ended}`);
    for (const fault of faultsOfConnection({
      ...seen,
      isUnmutated: this.isUnmutated(plan, front),
      mayBeReset: front.hasFuzzingReplicas,
    }))
      this.find(fault, [log]);
  }

  /** Two of three go to the gateway with the fuzzing replicas. */
  private frontOf(number: number): Front {
    const { fronts } = this.testBed;
    return fronts[number % 3 === 0 ? Math.floor(number / 3) % fronts.length : 0]!;
  }

  private isUnmutated({ requests }: ConnectionPlan, front: Front): boolean {
    if (!front.hasFuzzingReplicas) return true;
    return requests.every(
      ({ token, method, upgrades }) =>
        planAnswer(this.random.fork(token), { token, method, upgrades }).mutations.length === 0,
    );
  }

  reportDeaths(): void {
    for (const target of this.dead) {
      this.find(
        `${target.name} has died: ${target.death()}`,
        this.recent.filter(({ plan }) => this.isOf(plan, target.name)),
      );
      for (const line of target.lastLines()) this.settings.say(`  ${target.name}: ${line}`);
    }
  }

  private isOf(plan: ConnectionPlan, name: string): boolean {
    return this.frontOf(plan.number).process.name === name;
  }

  async rest(): Promise<void> {
    const faults = await quiesce(this.testBed, this.nameOf);
    if (this.dead.length > 0) return;
    for (const fault of faults) this.find(fault);
    for (const { name, inspector } of this.testBed.processes) {
      const known = this.heaps.get(name) ?? [];
      this.heaps.set(name, [...known, await liveHeapBytes(inspector)]);
    }
  }

  private readonly nameOf = (port: number): string => {
    const number = this.ports.get(port);
    return number === undefined ? String(port) : `connection ${number}`;
  };

  /** Some of what was alive may go on its own after a while: what counts is whether it comes down again. */
  async checkHeapGrowth(): Promise<void> {
    for (const { name, inspector } of this.testBed.processes) {
      const heaps = this.heaps.get(name) ?? [];
      const inMiB = heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(', ');
      this.settings.say(`live heap of ${name} after each round, MiB: ${inMiB}`);
      const [first = Infinity] = heaps;
      const isFlat = async (): Promise<boolean> => (await liveHeapBytes(inspector)) - first <= HEAP_GROWTH_MAX_BYTES;
      if (heaps.length < 2 || this.isOver) continue;
      await until('heap is flat', isFlat, HEAP_MS, 500).catch(() =>
        this.find(`the live heap of ${name} grows: ${inMiB} MiB`),
      );
    }
  }
}

/** Attacks built processes for a while, and looks whether they are as before. */
export async function runFuzz(settings: FuzzSettings): Promise<FuzzReport> {
  const { seed, seconds, only, stopsAtFirst, say } = settings;
  const odd: string[] = [];
  const testBed = await openTestBed({ ...settings, random: seededRandom(seed), onOdd: (words) => odd.push(words) });
  const fuzz = new Fuzz(settings, testBed);
  const stop = (): void => {
    testBed.dispose();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    const rounds = only ? 1 : Math.max(1, Math.round(seconds / (stopsAtFirst ? SHORT_ROUND_S : ROUND_S)));
    for (let round = 0; round < rounds && !fuzz.isOver; round += 1) {
      if (only) for (const number of only) await fuzz.connection(number);
      else await fuzz.round(performance.now() + (SENDING * seconds * 1_000) / rounds);
      if (!fuzz.isOver) await fuzz.rest();
      say(`round ${round + 1} of ${rounds} is over`);
    }
    fuzz.reportDeaths();
    for (const words of new Set(odd)) fuzz.find(words);
    await fuzz.checkHeapGrowth();
    for (const { name, errors } of testBed.processes)
      for (const [what, count] of errors) say(`log of ${name}: ${count} errors: ${what}`);
    const counts = new Map(fuzz.counts);
    for (const replica of testBed.replicas)
      for (const [mutation, count] of replica.applied)
        counts.set(`answer ${mutation}`, (counts.get(`answer ${mutation}`) ?? 0) + count);
    return { finds: fuzz.finds, counts };
  } finally {
    testBed.dispose();
  }
}
