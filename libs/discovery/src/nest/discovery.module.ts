import { codedErrorFilter } from '@nestfleet/errors/nest';
import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule as NestDiscoveryModule } from '@nestjs/core';
import type { Discovery } from '../discovery.ts';
import { DiscoveryError } from '../errors.ts';
import { BootstrappedModule } from './bootstrapped.module.ts';
import { DiscoveredClient } from './discovered-client.ts';
import { DiscoveryHealthIndicator } from './discovery.health-indicator.ts';
import type { DiscoveryModuleExtras, DiscoveryModuleOptions } from './discovery.module-options.ts';
import { DiscoveryOwner } from './discovery.owner.ts';
import { ReplicaRegistration } from './replica-registration.ts';
import { clientToken, discoveryToken, NAME, OPTIONS, upstreamToken } from './tokens.ts';

function asRoot(definition: DynamicModule, { name, errorFilter }: DiscoveryModuleExtras): DynamicModule {
  const discovery = {
    provide: discoveryToken(name),
    useFactory: (owner: DiscoveryOwner) => owner.discovery,
    inject: [DiscoveryOwner],
  };
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), NestDiscoveryModule, BootstrappedModule],
    providers: [
      ...(definition.providers ?? []),
      { provide: NAME, useValue: name },
      DiscoveryOwner,
      ReplicaRegistration,
      DiscoveryHealthIndicator,
      ...(errorFilter === false ? [] : [codedErrorFilter(DiscoveryError)]),
      discovery,
    ],
    exports: [discovery, DiscoveryHealthIndicator],
  };
}

/** DiscoveryModuleBase has `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass: DiscoveryModuleBase } = new ConfigurableModuleBuilder<DiscoveryModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setExtras<DiscoveryModuleExtras>({ name: undefined, errorFilter: true }, asRoot)
  .setClassMethodName('forRoot')
  .build();

/**
 * DiscoveryModule is imported once by `forRoot` (or `forRootAsync`), in the root module, and by `forFeature` wherever a service is
 * called. With `registration` this application is in the catalog from when it listens and all its modules are ready until before
 * its server closes. A discovery that the module opened is closed after the application's last handler.
 */
@Module({})
export class DiscoveryModule extends DiscoveryModuleBase {
  /**
   * Gives `@InjectUpstream(service)` and `@InjectClient(service)` of these services to the module that imports it. The watch of each begins
   * when the application starts.
   * @param name of the DiscoveryModule, where it has one
   */
  static forFeature(services: readonly string[], name?: string): DynamicModule {
    const inject = [discoveryToken(name)];
    const providers = services.flatMap((service) => [
      {
        provide: upstreamToken(service, name),
        useFactory: (discovery: Discovery) => discovery.upstreams.of(service),
        inject,
      },
      {
        provide: clientToken(service, name),
        useFactory: (discovery: Discovery) => new DiscoveredClient(discovery, service),
        inject,
      },
    ]);
    return { module: DiscoveryModule, providers, exports: providers };
  }
}
