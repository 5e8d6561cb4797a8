import { type DynamicModule, Module } from '@nestjs/common';
import type { Discovery } from '../discovery.ts';
import { clientToken, upstreamToken } from './decorators.ts';
import { DiscoveredClient } from './discovered-client.ts';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  DISCOVERY,
  type DiscoveryModuleOptions,
} from './discovery.module-definition.ts';
import { DiscoveryHealthIndicator } from './discovery.health-indicator.ts';
import { DiscoveryOwner } from './discovery.owner.ts';

/**
 * `forRoot` (or `forRootAsync`) once, in the root module; `upstream(name)` wherever a service is called. Given how to open
 * a discovery, the module opens it and closes it after the application's last handler; given an open one, it leaves closing
 * to who opened it. An entry of one's own is not its business: Nest's hooks run while requests are still in flight, which
 * is too early to leave.
 */
@Module({})
export class DiscoveryModule extends ConfigurableModuleClass {
  static override forRoot(options: DiscoveryModuleOptions): DynamicModule {
    return DiscoveryModule.everywhere(super.forRoot(options));
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return DiscoveryModule.everywhere(super.forRootAsync(options));
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
      providers: [
        ...(module.providers ?? []),
        DiscoveryOwner,
        { provide: DISCOVERY, useFactory: ({ discovery }: DiscoveryOwner) => discovery, inject: [DiscoveryOwner] },
        DiscoveryHealthIndicator,
      ],
      exports: [DISCOVERY, DiscoveryHealthIndicator],
    };
  }
}
