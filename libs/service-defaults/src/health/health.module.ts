import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { HealthProbe } from '../boot/composition.ts';
import { Lifecycle } from '../lifecycle.ts';
import { HEALTH_PROBES, HealthController } from './health.controller.ts';

@Module({})
export class HealthModule {
  static register(lifecycle: Lifecycle, probes: readonly HealthProbe[]): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        { provide: Lifecycle, useValue: lifecycle },
        { provide: HEALTH_PROBES, useValue: probes },
      ],
    };
  }
}
