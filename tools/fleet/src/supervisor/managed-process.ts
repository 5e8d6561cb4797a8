import { setTimeout as pause } from 'node:timers/promises';
import {
  becameReady,
  describeEnd,
  ended,
  initialLifecycle,
  started,
  stopping,
  type Lifecycle,
  type RunEnd,
} from '../core/lifecycle.ts';
import { endChild, type Child } from '../process/child.ts';
import { messageOf } from '../servers/errors.ts';

const PROBE_EVERY_MS = 25;

/** ProcessSpec is how a managed process is started, probed and stopped. */
export interface ProcessSpec<R> {
  readonly name: string;
  /** Starts one run. May throw. */
  start(): Child | Promise<Child>;
  /** Readiness probe: what the process reports once it is ready, else undefined. Called until the deadline. */
  probe(child: Child): Promise<R | undefined>;
  readonly readyWithinMs: number;
  /** Time between `endSignal` and SIGKILL. */
  readonly graceMs: number;
  /** @default 'SIGTERM' */
  readonly endSignal?: NodeJS.Signals;
  /** The message when it is killed after `graceMs`, where that loses nothing. */
  readonly whenKilled?: string;
}

export interface ProcessContext {
  /** After every change of phase. */
  changed(): void;
  say(line: string): void;
  nowMs(): number;
  random(): number;
}

/** ManagedProcess is one process over all its runs and keeps its `lifecycle` current. Its owner decides on restarts. */
export class ManagedProcess<R> {
  lifecycle: Lifecycle = initialLifecycle;
  child: Child | undefined;
  /** Report of the last readiness; stays while the process is being replaced. */
  report: R | undefined;
  readonly spec: ProcessSpec<R>;
  private readonly context: ProcessContext;
  private readonly gone = Promise.withResolvers<void>();
  private run: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec<R>, context: ProcessContext) {
    this.spec = spec;
    this.context = context;
  }

  start(): void {
    this.lifecycle = started(this.lifecycle);
    this.run = this.oneRun();
  }

  private async oneRun(): Promise<void> {
    const { spec, context } = this;
    let child: Child;
    try {
      child = await spec.start();
    } catch (fault) {
      this.finish({ how: 'spawn-failed', message: messageOf(fault) });
      return;
    }
    this.child = child;
    context.changed();
    // Stopped while it was being started.
    if (this.lifecycle.phase === 'leaving') await this.end(child);
    const slow = await this.untilReady(child);
    const end = await child.ended;
    if (this.lifecycle.phase !== 'leaving') context.say(`${spec.name} ${slow?.message ?? describeEnd(end)}`);
    this.finish(slow ?? end);
  }

  /** Resolves when ready, ended or shutting down; stops a child that is too slow and reports it. */
  private async untilReady(child: Child): Promise<Extract<RunEnd, { how: 'not-ready' }> | undefined> {
    const { spec, context } = this;
    const startedAtMs = performance.now();
    const giveUpAtMs = startedAtMs + spec.readyWithinMs;
    while (!child.hasEnded() && this.lifecycle.phase === 'starting') {
      const report = await spec.probe(child).catch(() => undefined);
      if (report !== undefined && !child.hasEnded()) {
        this.report = report;
        this.lifecycle = becameReady(this.lifecycle, context.nowMs());
        const tookS = (performance.now() - startedAtMs) / 1_000;
        context.say(`${spec.name} is ready after ${tookS.toFixed(1)} s (pid ${child.pid})`);
        context.changed();
        return undefined;
      }
      if (performance.now() > giveUpAtMs) {
        await endChild(child, 2_000, () => undefined);
        return { how: 'not-ready', message: `was not ready within ${spec.readyWithinMs / 1_000} s` };
      }
      await pause(PROBE_EVERY_MS);
    }
    return undefined;
  }

  private finish(end: RunEnd): void {
    this.lifecycle = ended(this.lifecycle, end, this.context.nowMs(), this.context.random());
    if (this.lifecycle.phase === 'gone') this.gone.resolve();
    this.context.changed();
  }

  /** Shuts it down, and resolves when it is gone. Idempotent. */
  async stop(): Promise<void> {
    if (this.lifecycle.phase !== 'leaving') {
      this.lifecycle = stopping(this.lifecycle);
      if (this.lifecycle.phase === 'gone') this.gone.resolve();
      this.context.changed();
      if (this.child !== undefined) await this.end(this.child);
    }
    await this.gone.promise;
    await this.run;
  }

  private end(child: Child): Promise<void> {
    const { name, graceMs, endSignal, whenKilled } = this.spec;
    const loss = `warning: ${name} has not ended ${graceMs / 1_000} s after its signal: killed, what it did is lost`;
    const late = (): void => this.context.say(whenKilled ?? loss);
    return endChild(child, graceMs, late, endSignal);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.signal(signal);
  }
}
