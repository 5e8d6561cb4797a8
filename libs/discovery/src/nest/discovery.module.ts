import { type DynamicModule, Module } from '@nestjs/common';
import type { Discovery } from '../discovery.ts';
import { clientToken, upstreamToken } from './decorators.ts';
import { DiscoveredClient } from './discovered-client.ts';
import { ConfigurableModuleClass, DISCOVERY } from './discovery.module-definition.ts';
import { DiscoveryHealthIndicator } from './discovery.health-indicator.ts';

/**
 * `register(discovery)` (or `registerAsync`) once, in the root module; `upstream(name)` wherever a service is called. Who
 * opened the discovery closes it, after the application: Nest's own hooks run while requests are still in flight.
 */
@Module({})
export class DiscoveryModule extends ConfigurableModuleClass {
  static override register(discovery: Discovery): DynamicModule {
    return DiscoveryModule.everywhere(super.register(discovery));
  }

  static override registerAsync(options: Parameters<typeof ConfigurableModuleClass.registerAsync>[0]): DynamicModule {
    return DiscoveryModule.everywhere(super.registerAsync(options));
  }

  /** Gives `@InjectUpstream(service)` and `@InjectClient(service)`. The watch begins when the application starts. */
  static upstream(service: string): DynamicModule {
    return {
      module: DiscoveryModule,
      providers: [
        {
          provide: upstreamToken(service),
          useFactory: (discovery: Discovery) => discovery.upstreams.of(service),
          inject: [DISCOVERY],
        },
        {
          provide: clientToken(service),
          useFactory: (discovery: Discovery) => new DiscoveredClient(discovery, service),
          inject: [DISCOVERY],
        },
      ],
      exports: [upstreamToken(service), clientToken(service)],
    };
  }

  private static everywhere(module: DynamicModule): DynamicModule {
    return {
      ...module,
      global: true,
      providers: [...(module.providers ?? []), DiscoveryHealthIndicator],
      exports: [DISCOVERY, DiscoveryHealthIndicator],
    };
  }
}
