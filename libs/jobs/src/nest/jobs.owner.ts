import { within } from '@nestfleet/timing';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { JobsError } from '../errors.ts';
import type { Jobs } from '../jobs.ts';
import { openJobs } from '../open-jobs.ts';
import type { Queue } from '../queue.ts';
import type { JobsModuleOptions } from './jobs.module-options.ts';
import { jobsLogger, nestLog } from './nest-log.ts';
import { jobsToken, KnownQueues, NAME, OPTIONS } from './tokens.ts';

const READY_WITHIN_MS = 5_000;

/** JobsOwner opens the jobs, and closes those that it has opened. */
@Injectable()
export class JobsOwner implements OnModuleInit, OnApplicationShutdown {
  readonly jobs: Jobs;
  private readonly isOurs: boolean;
  private readonly readyWithinMs: number;
  private isClosed = false;

  constructor(
    @Inject(OPTIONS) options: JobsModuleOptions,
    @Inject(NAME) name: string | undefined,
    discovery: DiscoveryService,
  ) {
    refuseSecond(discovery, name);
    this.isOurs = !('jobs' in options);
    this.readyWithinMs = 'jobs' in options ? 0 : (options.readyWithinMs ?? READY_WITHIN_MS);
    const defaults = { log: nestLog(jobsLogger(name)) };
    this.jobs =
      'jobs' in options ? options.jobs : openJobs({ ...defaults, ...options, queues: queuesGiven(discovery, name) });
  }

  /** An enqueue before the first connection is refused, so it is waited for; a Redis that is away keeps no application from starting. */
  async onModuleInit(): Promise<void> {
    if (this.isOurs) await within(this.firstReady(), this.readyWithinMs);
  }

  /** Resolves with the first connection, and where the application closes before: that is no fault. */
  async firstReady(): Promise<void> {
    try {
      await this.jobs.ready();
    } catch (error) {
      if (!this.isClosed) throw error;
    }
  }

  /** The last of Nest's hooks: requests that are still in flight may enqueue until here. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    if (this.isOurs) await this.jobs.close();
  }
}

/** Two of one name would both be injected as the same thing, and nobody could say which. */
function refuseSecond(discovery: DiscoveryService, name: string | undefined): void {
  const own = discovery.getProviders().filter(({ token }) => token === jobsToken(name));
  if (own.length > 1)
    throw new JobsError(
      'jobs_registered_twice',
      name === undefined
        ? 'JobsModule.forRoot() is imported twice without a name'
        : `Two JobsModules are named ${name}`,
    );
}

function queuesGiven(discovery: DiscoveryService, name: string | undefined): Queue[] {
  const known = discovery.getProviders().flatMap((wrapper) => {
    const instance: unknown = wrapper.instance;
    return instance instanceof KnownQueues && instance.name === name ? instance.queues : [];
  });
  return [...new Set(known)];
}
