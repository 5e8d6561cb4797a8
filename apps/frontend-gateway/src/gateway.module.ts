import type { Discovery } from '@nestfleet/discovery';
import { DiscoveredClient, DiscoveryModule } from '@nestfleet/discovery/nest';
import type { Identity } from '@nestfleet/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { UPSTREAM_SLOTS, type UpstreamSlots } from './proxy/upstream-slots.ts';
import { CONTROL_TOKEN, Describer } from './topology/describer.ts';
import { TopologyController } from './topology/topology.controller.ts';
import { IDENTITY, WhoamiController } from './whoami/whoami.controller.ts';

export interface GatewayParts {
  readonly identity: Identity;
  readonly discovery: Discovery;
  /** The same catalog with random choice, for the data of `/whoami`. */
  readonly randomDiscovery: Discovery;
  readonly controlToken: string;
  readonly slots: UpstreamSlots;
}

/** The gateway's own routes. The way to the api and the dashboard are plain Fastify, see `compose`. */
@Module({})
export class GatewayModule {
  static register({ identity, discovery, randomDiscovery, controlToken, slots }: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [DiscoveryModule.forRoot({ discovery })],
      controllers: [TopologyController, WhoamiController],
      providers: [
        { provide: IDENTITY, useValue: identity },
        { provide: CONTROL_TOKEN, useValue: controlToken },
        { provide: UPSTREAM_SLOTS, useValue: slots },
        Describer,
        { provide: DiscoveredClient, useFactory: () => new DiscoveredClient(randomDiscovery, 'api') },
      ],
    };
  }
}
