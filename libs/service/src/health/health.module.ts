import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { HealthProbe } from '../hooks.ts';
import type { Identity } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { HEALTH_IDENTITY, HEALTH_PROBES, HealthController } from './health.controller.ts';

@Module({})
export class HealthModule {
  static register(lifecycle: Lifecycle, identity: Identity, probes: readonly HealthProbe[]): DynamicModule {
    return {
      module: HealthModule,
      // For controllers of streams, which end when `Lifecycle` says so.
      global: true,
      exports: [Lifecycle],
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        { provide: Lifecycle, useValue: lifecycle },
        { provide: HEALTH_PROBES, useValue: probes },
        { provide: HEALTH_IDENTITY, useValue: identity },
      ],
    };
  }
}
