import { describe, expect, it } from '@jest/globals';
import { SHUTDOWN_STEPS } from '@nestfleet/timing';
import { Injectable, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { mail, recordedJobs, report } from '../../test/recorded-jobs.ts';
import { JobsError } from '../errors.ts';
import type { JobQueue } from '../job-queue.ts';
import type { Jobs } from '../jobs.ts';
import { InjectJobs, InjectQueue } from './decorators.ts';
import { JobConsumers } from './job-consumers.ts';
import { JobsHealthIndicator } from './jobs.health-indicator.ts';
import { JobsModule } from './jobs.module.ts';
import { jobConsumersToken, jobsToken } from './tokens.ts';

@Injectable()
class Desk {
  constructor(
    @InjectJobs() readonly jobs: Jobs,
    @InjectQueue(mail) readonly mails: JobQueue<typeof mail>,
    @InjectQueue('report') readonly reports: JobQueue<typeof report>,
  ) {}
}

@Module({ imports: [JobsModule.forFeature([report])], providers: [Desk] })
class DeskModule {}

@Injectable()
class BillingDesk {
  constructor(
    @InjectJobs('billing') readonly jobs: Jobs,
    @InjectQueue(mail, 'billing') readonly mails: JobQueue<typeof mail>,
  ) {}
}

const compiled = (...imports: Parameters<typeof Test.createTestingModule>[0]['imports'] & object) =>
  Test.createTestingModule({ imports }).compile();
/** Nobody listens there: jobs of it are opened, and never connected. */
const nowhere = { redisUrl: 'redis://127.0.0.1:1', namespace: 'test', readyWithinMs: 1 };

const filtersOf = (errorFilter: boolean) =>
  JobsModule.forRoot({ jobs: recordedJobs([]).jobs, errorFilter }).providers?.filter(
    (provider) => 'provide' in provider && provider.provide === APP_FILTER,
  );

describe('JobsModule', () => {
  it('gives the jobs to every module, and a queue by its descriptor or its name', async () => {
    const { jobs, calls } = recordedJobs([mail, report]);
    const app = await compiled(JobsModule.forRoot({ jobs, queues: [mail] }), DeskModule);
    const desk = app.get(Desk, { strict: false });
    expect(desk.jobs).toBe(jobs);
    expect(await desk.mails.enqueue({ to: 'a' })).toEqual({ id: 'mail.1', outcome: 'created' });
    await desk.reports.enqueue({ to: 'b' });
    expect(calls).toEqual(['enqueue mail {"to":"a"}', 'enqueue report {"to":"b"}']);
  });

  it('refuses a queue that the jobs were not opened with', async () => {
    const { jobs } = recordedJobs([mail]);
    await expect(compiled(JobsModule.forRoot({ jobs }), JobsModule.forFeature([report]))).rejects.toThrow(
      'unknown_queue report',
    );
  });

  it.each([
    ['forRoot', () => JobsModule.forRoot({ ...nowhere, queues: [mail] })],
    ['forRootAsync', () => JobsModule.forRootAsync({ queues: [mail], useFactory: async () => nowhere })],
  ])('%s opens jobs with the queues of all modules, and closes them with the application', async (_name, module) => {
    const app = await compiled(module(), DeskModule);
    const { jobs } = app.get(Desk, { strict: false });
    expect(jobs.queues.map(({ name }) => name).toSorted()).toEqual(['mail', 'report']);
    await app.init();
    const ended = jobs.ready().catch((error: unknown) => error);
    await app.close();
    expect(await ended).toBeInstanceOf(Error);
  });

  it('has no fault where it closes before Redis was there', async () => {
    const app = await compiled(JobsModule.forRoot(nowhere));
    await app.init();
    const ready = app.get(JobConsumers)[SHUTDOWN_STEPS].firstReady?.();
    await app.close();
    await expect(ready).resolves.toBeUndefined();
  });

  it('keeps several apart by their names', async () => {
    const [one, other] = [recordedJobs([mail, report]), recordedJobs([mail])];
    const app = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ jobs: one.jobs, queues: [mail] }),
        JobsModule.forRoot({ jobs: other.jobs, name: 'billing', queues: [mail] }),
        DeskModule,
      ],
      providers: [BillingDesk],
    }).compile();
    await app.get(BillingDesk).mails.enqueue({ to: 'c' });
    expect(app.get(BillingDesk).jobs).toBe(other.jobs);
    expect([one.calls, other.calls]).toEqual([[], ['enqueue mail {"to":"c"}']]);
    expect(app.get(jobsToken())).toBe(one.jobs);
    expect(app.get(jobConsumersToken('billing'))).not.toBe(app.get(JobConsumers));
  });

  it('has a filter for its errors, unless the application wants none', () => {
    expect([filtersOf(true), filtersOf(false)]).toMatchObject([{ length: 1 }, { length: 0 }]);
  });

  it.each([[undefined], ['billing']])('refuses two of one name: %s', async (name) => {
    const twice = [1, 2].map(() => JobsModule.forRoot({ jobs: recordedJobs([mail]).jobs, ...(name && { name }) }));
    await expect(compiled(...twice)).rejects.toMatchObject({ code: 'jobs_registered_twice' });
  });
});

const indicatorOf = async (jobs: Partial<Jobs>) => {
  const recorded = recordedJobs([mail]);
  const app = await compiled(JobsModule.forRoot({ jobs: { ...recorded.jobs, ...jobs } }));
  return app.get(JobsHealthIndicator);
};

describe('JobsHealthIndicator', () => {
  it('is up with the time of the ping and what runs here', async () => {
    const health = { status: 'up', ping_ms: 1, running: 0 };
    await expect((await indicatorOf({})).isHealthy()).resolves.toEqual({ jobs: health });
  });

  it.each([
    ['is away', 'jobs_unavailable'],
    ['refuses writes', 'jobs_writes_refused'],
  ] as const)('is degraded and not down while Redis %s', async (_what, code) => {
    const indicator = await indicatorOf({
      checkWrites: () => Promise.reject(new JobsError(code, 'no connection to 10.0.0.1')),
    });
    await expect(indicator.isHealthy('redis')).resolves.toEqual({ redis: { status: 'degraded', message: code } });
  });

  it('asks the JobsModule of a name', async () => {
    const { jobs } = recordedJobs([mail]);
    const app = await compiled(JobsModule.forRoot({ jobs, name: 'billing' }));
    const health = await app.get(JobsHealthIndicator).isHealthy('billing', 'billing');
    expect(health).toMatchObject({ billing: { status: 'up' } });
  });
});
