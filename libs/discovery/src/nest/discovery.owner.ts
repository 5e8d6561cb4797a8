import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { openDiscovery, type Discovery } from '../discovery.ts';
import { MODULE_OPTIONS_TOKEN, type DiscoveryModuleOptions } from './discovery.module-definition.ts';

/** Who opened the discovery closes it. */
@Injectable()
export class DiscoveryOwner implements OnApplicationShutdown {
  readonly discovery: Discovery;
  private readonly isOurs: boolean;

  constructor(@Inject(MODULE_OPTIONS_TOKEN) options: DiscoveryModuleOptions) {
    this.isOurs = 'source' in options;
    this.discovery = 'source' in options ? openDiscovery(options.source, options) : options;
  }

  /** The last of Nest's hooks: handlers that are still at work may call others until here. */
  onApplicationShutdown(): void {
    if (this.isOurs) this.discovery.close();
  }
}
