import { codedErrorFilter } from '@nestfleet/errors/nest';
import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JobsError } from '../errors.ts';
import { jobQueueOf } from '../job-queue.ts';
import type { Jobs } from '../jobs.ts';
import type { Queue } from '../queue.ts';
import { JobConsumers } from './job-consumers.ts';
import { JobsHealthIndicator } from './jobs.health-indicator.ts';
import type { JobsModuleExtras, JobsModuleOptions } from './jobs.module-options.ts';
import { JobsOwner } from './jobs.owner.ts';
import { jobConsumersToken, jobsToken, KNOWN_QUEUES, KnownQueues, NAME, OPTIONS, queueToken } from './tokens.ts';

const queueProviders = (queues: readonly Queue[], name: string | undefined) =>
  queues.map((queue) => ({
    provide: queueToken(queue, name),
    useFactory: (jobs: Jobs) => jobQueueOf(jobs, queue),
    inject: [jobsToken(name)],
  }));

function asRoot(definition: DynamicModule, { name, queues = [], errorFilter }: JobsModuleExtras): DynamicModule {
  const exported = [
    { provide: jobsToken(name), useFactory: ({ jobs }: JobsOwner) => jobs, inject: [JobsOwner] },
    { provide: jobConsumersToken(name), useClass: JobConsumers },
    // `app.get` finds a class in any module, so the class means the one without a name.
    ...(name === undefined ? [{ provide: JobConsumers, useExisting: jobConsumersToken() }] : []),
    ...queueProviders(queues, name),
  ];
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), DiscoveryModule],
    providers: [
      ...(definition.providers ?? []),
      { provide: NAME, useValue: name },
      { provide: KNOWN_QUEUES, useValue: new KnownQueues(name, queues) },
      JobsOwner,
      JobsHealthIndicator,
      ...(errorFilter === false ? [] : [codedErrorFilter(JobsError)]),
      ...exported,
    ],
    exports: [...exported, JobsHealthIndicator],
  };
}

/** JobsModuleBase has `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass: JobsModuleBase } = new ConfigurableModuleBuilder<JobsModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setExtras<JobsModuleExtras>({ name: undefined, queues: [], errorFilter: true }, asRoot)
  .setClassMethodName('forRoot')
  .build();

/**
 * JobsModule is imported once by `forRoot` (or `forRootAsync`), in the root module, and by `forFeature` wherever a queue is used.
 * Providers with `@Processor` run jobs from when the application has started. At its shutdown (`app.close()`, or a signal
 * with `app.enableShutdownHooks()`) no more jobs are taken first, then what runs may end for `shutdownTimeoutMs`, then the rest is put
 * back into its queue, and the connections close last.
 */
@Module({})
export class JobsModule extends JobsModuleBase {
  /**
   * Gives `@InjectQueue()` of these queues to the module that imports it.
   * @param name of the JobsModule, where it has one
   */
  static forFeature(queues: readonly Queue[], name?: string): DynamicModule {
    const providers = queueProviders(queues, name);
    return {
      module: JobsModule,
      providers: [{ provide: KNOWN_QUEUES, useValue: new KnownQueues(name, queues) }, ...providers],
      exports: providers,
    };
  }
}
