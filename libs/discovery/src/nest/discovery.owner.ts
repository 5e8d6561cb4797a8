import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { openDiscovery, type Discovery } from '../discovery.ts';
import { DiscoveryError } from '../errors.ts';
import { requireTransport } from './client-transport.ts';
import type { DiscoveryModuleOptions } from './discovery.module-options.ts';
import { discoveryToken, NAME, OPTIONS } from './tokens.ts';

/** DiscoveryOwner opens the discovery, and closes one that it has opened. */
@Injectable()
export class DiscoveryOwner implements OnModuleInit, OnApplicationShutdown {
  readonly discovery: Discovery;
  private readonly isOurs: boolean;

  constructor(
    @Inject(OPTIONS) options: DiscoveryModuleOptions,
    @Inject(NAME) name: string | undefined,
    private readonly providers: DiscoveryService,
  ) {
    refuseSecond(providers, name);
    this.isOurs = !('discovery' in options);
    this.discovery = 'discovery' in options ? options.discovery : openDiscovery(options.source, options);
  }

  async onModuleInit(): Promise<void> {
    const wrappers = [...this.providers.getProviders(), ...this.providers.getControllers()];
    await requireTransport(wrappers, () => import('@nestjs/microservices'));
  }

  /** The last of Nest's hooks: handlers that are still at work may call others until here. */
  onApplicationShutdown(): void {
    if (this.isOurs) this.discovery.close();
  }
}

/** Two of one name would both be injected as the same thing, and nobody could say which. */
function refuseSecond(providers: DiscoveryService, name: string | undefined): void {
  const own = providers.getProviders().filter(({ token }) => token === discoveryToken(name));
  if (own.length < 2) return;
  const which = name === undefined ? 'without a name' : `with the name "${name}"`;
  throw new DiscoveryError(
    'discovery_registered_twice',
    `DiscoveryModule.forRoot is imported ${own.length} times ${which}`,
  );
}
