import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { JobsError } from '../errors.ts';
import type { Jobs } from '../jobs.ts';
import type { JobConsumers } from './job-consumers.ts';
import { jobConsumersToken, jobsToken } from './tokens.ts';

/** JobsHealth is a result of terminus, without its types: the lib does not need it. */
export type JobsHealth = Record<
  string,
  | { readonly status: 'up'; readonly ping_ms: number; readonly running: number }
  | { readonly status: 'degraded'; readonly message: string }
>;

/**
 * For terminus: `health.check([() => indicator.isHealthy()])`. A Redis that is away or refuses, and jobs that do not flow, are
 * `degraded` and never `down`: all replicas share that fault, and taking each of them out would only make things worse.
 */
@Injectable()
export class JobsHealthIndicator {
  constructor(private readonly modules: ModuleRef) {}

  /**
   * Within 500 ms; rejects only where no JobsModule has that name.
   * @param name of the JobsModule, where it has one
   */
  async isHealthy(key = 'jobs', name?: string): Promise<JobsHealth> {
    const jobs = this.modules.get<Jobs>(jobsToken(name), { strict: false });
    const consumers = this.modules.get<JobConsumers>(jobConsumersToken(name), { strict: false });
    try {
      const pingMs = Math.round(await jobs.checkWrites());
      const message = consumers.faults.join('; ');
      if (message !== '') return { [key]: { status: 'degraded', message } };
      return { [key]: { status: 'up', ping_ms: pingMs, running: consumers.running } };
    } catch (error) {
      // The code alone: pages of health are often public, and messages may name hosts.
      return { [key]: { status: 'degraded', message: error instanceof JobsError ? error.code : 'unknown' } };
    }
  }
}
