import { errorOf, messageOf } from '@nestfleet/contracts';
import { SHUTDOWN_STEPS, type ShutdownSteps, type WithShutdownSteps } from '@nestfleet/timing';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Consumer } from '../consumer.ts';
import type { JobLog } from '../log.ts';
import type { Jobs } from '../jobs.ts';
import type { JobsModuleOptions } from './jobs.module-options.ts';
import { JobsOwner } from './jobs.owner.ts';
import { jobsLogger, nestLog } from './nest-log.ts';
import { type BoundProcessor, checkProcessors, processorsOf } from './processors.ts';
import { NAME, OPTIONS } from './tokens.ts';

const SHUTDOWN_TIMEOUT_MS = 25_000;
/** The most that putting jobs back and disconnecting take. */
const RELEASE_MS = 3_000;
/** Between two attempts to take jobs where something is in the way. */
const START_AGAIN_MS = 1_000;

/**
 * JobConsumers takes jobs for the processors of this process, from when the application has started. At its shutdown it takes no
 * more from Nest's first hook on, and in the next one lets running jobs end, or puts them back; with ShutdownModule both before the hooks.
 */
@Injectable()
export class JobConsumers
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, WithShutdownSteps
{
  readonly [SHUTDOWN_STEPS]: ShutdownSteps;
  private readonly shutdownTimeoutMs: number;
  private readonly log: JobLog;
  private processors: readonly BoundProcessor[] = [];
  private readonly consumers = new Map<BoundProcessor, Consumer>();
  private startFault: string | undefined;
  private startAgain: NodeJS.Timeout | undefined;
  private isStarted = false;
  private isPaused = false;
  private closing: Promise<unknown> | undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: JobsModuleOptions,
    @Inject(NAME) private readonly name: string | undefined,
    @Inject(JobsOwner) private readonly owner: { readonly jobs: Jobs; firstReady(): Promise<void> },
    private readonly discovery: DiscoveryService,
  ) {
    const { shutdownTimeoutMs = SHUTDOWN_TIMEOUT_MS } = options;
    this.log = ('jobs' in options ? undefined : options.log) ?? nestLog(jobsLogger(name));
    this.shutdownTimeoutMs = shutdownTimeoutMs;
    const longestMs = () => (this.processors.length === 0 ? 0 : shutdownTimeoutMs + RELEASE_MS);
    this[SHUTDOWN_STEPS] = {
      name: name === undefined ? 'jobs' : `jobs ${name}`,
      firstReady: () => owner.firstReady(),
      onDrain: () => this.pause(),
      // Known once the application has started: who only enqueues has nothing to wait for.
      get finishMs() {
        return longestMs();
      },
      beforeClose: () => this.close(shutdownTimeoutMs),
    };
  }

  onApplicationBootstrap(): void {
    const { jobs } = this.owner;
    const processors = processorsOf(this.discovery.getProviders(), this.name);
    checkProcessors(processors, jobs.queues, this.options.requireProcessors ?? processors.length > 0);
    this.processors = processors;
    if (this.options.autorun === false || processors.length === 0) return;
    // Rejects only when the jobs are closed first.
    void jobs.ready().then(
      () => this.startInTime(),
      () => undefined,
    );
  }

  onModuleDestroy(): Promise<void> {
    return this.pause();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.close(this.shutdownTimeoutMs);
  }

  /**
   * Begins to take jobs, unless paused: then with the end of the pause. For `autorun: false`. Throws where jobs of a queue cannot be taken;
   * those of the others are.
   */
  start(): void {
    this.isStarted = true;
    this.consume();
  }

  /** No new jobs from now on. */
  async pause(): Promise<void> {
    this.isPaused = true;
    if (this.closing === undefined) await Promise.all(this.all.map((consumer) => consumer.pause()));
  }

  /** Takes jobs again after a pause. */
  async resume(): Promise<void> {
    this.isPaused = false;
    await Promise.all(this.all.map((consumer) => consumer.resume()));
    this.consume();
  }

  /** Jobs of all queues that run here now. */
  get running(): number {
    return this.all.reduce((sum, consumer) => sum + consumer.running, 0);
  }

  /** Why jobs do not flow to a consumer, of each to which they do not. */
  get faults(): readonly string[] {
    return [this.startFault, ...this.all.map(({ fault }) => fault)].filter((fault) => fault !== undefined);
  }

  /** Running jobs may end within the time; the rest is released to its queue. Final. */
  async close(timeoutMs: number): Promise<void> {
    clearTimeout(this.startAgain);
    this.closing ??= Promise.all(this.all.map((consumer) => consumer.close(timeoutMs)));
    await this.closing;
  }

  private get all(): readonly Consumer[] {
    return [...this.consumers.values()];
  }

  /** Nobody waits for it: what is in the way is told once, and may go. */
  private startInTime(): void {
    try {
      this.start();
    } catch (error) {
      if (this.startFault === undefined) this.log.error({ err: errorOf(error) }, 'jobs cannot be taken; tried again');
      this.startFault = messageOf(error);
    }
    if (this.consumers.size === this.processors.length) this.startFault = undefined;
    else if (this.closing === undefined) this.startAgain = setTimeout(() => this.startInTime(), START_AGAIN_MS);
  }

  private consume(): void {
    if (!this.isStarted || this.isPaused || this.closing !== undefined) return;
    const { onSettled, onRebuilt } = this.options;
    const told = { ...(onSettled && { onSettled }), ...(onRebuilt && { onRebuilt }) };
    const faults: unknown[] = [];
    for (const processor of this.processors) {
      if (this.consumers.has(processor)) continue;
      try {
        this.consumers.set(processor, this.owner.jobs.consume(processor.queue, processor.handler, told));
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
