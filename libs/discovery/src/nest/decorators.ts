import { Inject } from '@nestjs/common';
import { DISCOVERY } from './discovery.module-definition.ts';

export const upstreamToken = (service: string): string => `nestfleet:upstream:${service}`;
export const clientToken = (service: string): string => `nestfleet:client:${service}`;

/** The Discovery that `DiscoveryModule.forRoot` was given or opened. */
export const InjectDiscovery = (): ParameterDecorator & PropertyDecorator => Inject(DISCOVERY);

/** The Upstream of a service named with `DiscoveryModule.upstream`. */
export const InjectUpstream = (service: string): ParameterDecorator & PropertyDecorator =>
  Inject(upstreamToken(service));

/** The DiscoveredClient of a service named with `DiscoveryModule.upstream`. */
export const InjectClient = (service: string): ParameterDecorator & PropertyDecorator => Inject(clientToken(service));
