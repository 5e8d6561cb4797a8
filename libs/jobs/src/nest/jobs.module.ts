import { type DynamicModule, Inject, Module } from '@nestjs/common';
import type { Jobs } from '../jobs.ts';

const JOBS = Symbol('nestfleet.jobs');

/** Gives the constructor the {@link Jobs} that JobsModule was registered with. */
export const InjectJobs = (): ParameterDecorator => Inject(JOBS);

/**
 * Wiring only: the app opens the jobs and closes them where its graceful shutdown says so, because Nest's own shutdown order is not
 * the one that loses nothing.
 */
@Module({})
export class JobsModule {
  static register(jobs: Jobs): DynamicModule {
    return { module: JobsModule, global: true, providers: [{ provide: JOBS, useValue: jobs }], exports: [JOBS] };
  }
}
