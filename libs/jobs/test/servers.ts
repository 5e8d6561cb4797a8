import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import { demoJob, flakyJob, primesJob } from '@nestfleet/contracts';
import { defineQueue, type Jobs, openJobs } from '../src/index.ts';
import type { JobsOptions } from '../src/jobs.ts';

export const demo = defineQueue(demoJob);
export const flaky = defineQueue({ ...flakyJob, backoffMs: 50 });
export const primes = defineQueue(primesJob);

/** For `until`: how long a fact may take on a machine that has much else to do. Only a test that fails waits so long. */
export const WITHIN_MS = 20_000;

/** Nobody else's keys. */
export const ownNamespace = (): string => `test-${randomBytes(6).toString('hex')}`;

/** Runs the suite when the variable names a server; without it fails under CI and skips with a printed reason elsewhere. */
export function describeWith(variable: 'REDIS_URL' | 'NESTFLEET_REDIS_SERVER', name: string, suite: () => void): void {
  const there = (process.env[variable] ?? '') !== '';
  if (!there && process.env['CI'] === undefined) console.warn(`SKIPPED ${name}: ${variable} IS NOT SET`);
  const run = there || process.env['CI'] !== undefined ? describe : describe.skip;
  run(name, suite);
}

/** Opens jobs and remembers them, so that one call after the test closes all. */
export function openings() {
  const opened: Jobs[] = [];
  return {
    open: (options: Partial<JobsOptions> & Pick<JobsOptions, 'namespace'>): Jobs => {
      const queues = [demo, flaky, primes];
      const jobs = openJobs({ redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', queues, ...options });
      opened.push(jobs);
      return jobs;
    },
    closeAll: async () => {
      await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
    },
  };
}
