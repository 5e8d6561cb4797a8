import { setTimeout as pause } from 'node:timers/promises';
import { becameReady, endInWords, ended, leaving, newborn, started, type End, type Life } from '../core/life.ts';
import { endChild, type Child } from '../process/child.ts';
import { wordsOf } from '../servers/errors.ts';

const PROBE_EVERY_MS = 25;

export interface KeptSpec<R> {
  readonly name: string;
  /** Starts one run. May throw. */
  start(): Child | Promise<Child>;
  /** One look: what the process says of itself once it is ready, else undefined. Called until the deadline. */
  probe(child: Child): Promise<R | undefined>;
  readonly readyWithinMs: number;
  /** Time between `endSignal` and SIGKILL. */
  readonly graceMs: number;
  /** Default SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
  /** What is said when it is killed after `graceMs`, where that is nothing to worry about. */
  readonly whenKilled?: string;
}

export interface KeptContext {
  /** After every change of phase. */
  changed(): void;
  say(line: string): void;
  nowMs(): number;
  random(): number;
}

/** One process over all its runs: keeps its `life` true, and does what it is told. Who starts it again is not its matter. */
export class KeptProcess<R> {
  life: Life = newborn;
  child: Child | undefined;
  /** What the last readiness said; stays while the process is being replaced. */
  report: R | undefined;
  readonly spec: KeptSpec<R>;
  private readonly context: KeptContext;
  private readonly gone = Promise.withResolvers<void>();
  private run: Promise<void> = Promise.resolve();

  constructor(spec: KeptSpec<R>, context: KeptContext) {
    this.spec = spec;
    this.context = context;
  }

  start(): void {
    this.life = started(this.life);
    this.run = this.oneRun();
  }

  private async oneRun(): Promise<void> {
    const { spec, context } = this;
    let child: Child;
    try {
      child = await spec.start();
    } catch (fault) {
      this.finish({ how: 'unstartable', words: wordsOf(fault) });
      return;
    }
    this.child = child;
    context.changed();
    // Told to leave while it was being started.
    if (this.life.phase === 'leaving') await this.end(child);
    const slow = await this.untilReady(child);
    const end = await child.ended;
    if (this.life.phase !== 'leaving') context.say(`${spec.name} ${slow?.words ?? endInWords(end)}`);
    this.finish(slow ?? end);
  }

  /** Resolves when ready, ended or leaving; ends a child that is too slow and says so. */
  private async untilReady(child: Child): Promise<Extract<End, { how: 'never-ready' }> | undefined> {
    const { spec, context } = this;
    const startedAtMs = performance.now();
    const giveUpAtMs = startedAtMs + spec.readyWithinMs;
    while (!child.hasEnded() && this.life.phase === 'starting') {
      const report = await spec.probe(child).catch(() => undefined);
      if (report !== undefined && !child.hasEnded()) {
        this.report = report;
        this.life = becameReady(this.life, context.nowMs());
        const tookS = (performance.now() - startedAtMs) / 1_000;
        context.say(`${spec.name} is ready after ${tookS.toFixed(1)} s (pid ${child.pid})`);
        context.changed();
        return undefined;
      }
      if (performance.now() > giveUpAtMs) {
        await endChild(child, 2_000, () => undefined);
        return { how: 'never-ready', words: `was not ready within ${spec.readyWithinMs / 1_000} s` };
      }
      await pause(PROBE_EVERY_MS);
    }
    return undefined;
  }

  private finish(end: End): void {
    this.life = ended(this.life, end, this.context.nowMs(), this.context.random());
    if (this.life.phase === 'gone') this.gone.resolve();
    this.context.changed();
  }

  /** Lets it leave, and resolves when it is gone. Safe to call twice. */
  async leave(): Promise<void> {
    if (this.life.phase !== 'leaving') {
      this.life = leaving(this.life);
      if (this.life.phase === 'gone') this.gone.resolve();
      this.context.changed();
      if (this.child !== undefined) await this.end(this.child);
    }
    await this.gone.promise;
    await this.run;
  }

  private end(child: Child): Promise<void> {
    const { name, graceMs, endSignal, whenKilled } = this.spec;
    const loss = `${name} HAS NOT ENDED ${graceMs / 1_000} s AFTER ITS SIGNAL: killed, what it did is lost`;
    const late = (): void => this.context.say(whenKilled ?? loss);
    return endChild(child, graceMs, late, endSignal);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.signal(signal);
  }
}
