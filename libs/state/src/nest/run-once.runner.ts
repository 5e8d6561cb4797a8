import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import {
  AWAITS_FIRST_READY,
  SHUTDOWN_STEPS,
  type ShutdownSteps,
  within,
  type WithShutdownSteps,
} from '@nestfleet/timing';
import { runOnce } from '../run-once/run-once.ts';
import type { State } from '../state.ts';
import type { RunOnceModuleOptions } from './run-once.module-options.ts';

/** What runs when the application ends has so long. */
const FINISH_MS = 10_000;

/** RunOnceRunner does the tasks of a module, or waits until another replica has. */
export class RunOnceRunner implements OnApplicationBootstrap, OnModuleDestroy, WithShutdownSteps {
  readonly [SHUTDOWN_STEPS]: ShutdownSteps = {
    name: 'run once',
    firstReady: () => this.done(),
    onDrain: async () => this.closing.abort(),
    finishMs: FINISH_MS,
    beforeClose: () => this.end(),
  };
  private readonly logger = new Logger('RunOnceModule');
  private readonly closing = new AbortController();
  private readonly state: State;
  private readonly options: RunOnceModuleOptions;
  private readonly modules: ModulesContainer;
  private running: Promise<void> | undefined;

  constructor(state: State, options: RunOnceModuleOptions, modules: ModulesContainer) {
    this.state = state;
    this.options = options;
    this.modules = modules;
  }

  /** Behind the hooks in which other modules open what the tasks need. */
  async onApplicationBootstrap(): Promise<void> {
    const done = this.done();
    if (this.options.holdsStart ?? !this.isAwaited()) await done;
    // Told as readiness; without anybody who waits for that, as the start.
    else done.catch(() => undefined);
  }

  async onModuleDestroy(): Promise<void> {
    this.closing.abort();
    await this.end();
  }

  private done(): Promise<void> {
    return (this.running ??= this.runAll());
  }

  private async runAll(): Promise<void> {
    const { tasks, ...options } = this.options;
    const log = {
      info: (fields: object, message: string) => this.logger.log({ ...fields, message }),
      error: (fields: object, message: string) => this.logger.error({ ...fields, message }),
    };
    for (const task of tasks) await runOnce(this.state, task, { ...options, log, signal: this.closing.signal });
    // Who waits for readiness goes on waiting: it was not done.
    if (this.closing.signal.aborted) throw new Error('closed before it was done');
  }

  private async end(): Promise<void> {
    await within(this.running?.catch(() => undefined) ?? Promise.resolve(), FINISH_MS);
  }

  private isAwaited(): boolean {
    const instances = [...this.modules.values()].flatMap(({ providers }) => [...providers.values()]);
    return instances.some(({ instance }) => {
      const provider: unknown = instance;
      return typeof provider === 'object' && provider !== null && AWAITS_FIRST_READY in provider;
    });
  }
}
