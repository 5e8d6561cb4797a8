import type { Jobs } from '@nestfleet/jobs';
import { JobsModule } from '@nestfleet/jobs/nest';
import type { JobMetrics } from '@nestfleet/service';
import type { State } from '@nestfleet/state';
import { StateModule } from '@nestfleet/state/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { DemoHandler } from './demo/demo.handler.ts';
import { FlakyHandler } from './flaky/flaky.handler.ts';
import { PrimesHandler } from './primes/primes.handler.ts';

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
      imports: [
        StateModule.forRoot({ state }),
        JobsModule.forRoot({
          jobs,
          // Handlers use the state too, so `compose` starts them once both are there.
          autorun: false,
          requireProcessors: true,
          onSettled: metrics.count,
          onRebuilt: metrics.countReconnect,
        }),
      ],
      providers: [DemoHandler, FlakyHandler, PrimesHandler],
    };
  }
}
