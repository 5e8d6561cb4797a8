import type { Jobs } from '@nestfleet/jobs';
import { JobsModule } from '@nestfleet/jobs/nest';
import { JobMetrics } from '@nestfleet/service';
import type { State } from '@nestfleet/state';
import { StateModule } from '@nestfleet/state/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConsumersLifecycle } from './consumers.lifecycle.ts';
import { DemoHandler } from './demo/demo.handler.ts';

export interface WorkerParts {
  readonly state: State;
  readonly jobs: Jobs;
  readonly metrics: JobMetrics;
}

@Module({})
export class WorkerModule {
  static register({ state, jobs, metrics }: WorkerParts): DynamicModule {
    return {
      module: WorkerModule,
      imports: [StateModule.forRoot({ state }), JobsModule.register(jobs)],
      providers: [{ provide: JobMetrics, useValue: metrics }, DemoHandler, ConsumersLifecycle],
    };
  }
}
