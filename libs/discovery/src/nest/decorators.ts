import { Inject } from '@nestjs/common';
import { clientToken, discoveryToken, upstreamToken } from './tokens.ts';

/** The Discovery of `DiscoveryModule.forRoot`, or of the one with this name. */
export const InjectDiscovery = (name?: string): ParameterDecorator & PropertyDecorator => Inject(discoveryToken(name));

/** The Upstream of a service that `DiscoveryModule.forFeature` names. */
export const InjectUpstream = (service: string, name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(upstreamToken(service, name));

/** The DiscoveredClient of a service that `DiscoveryModule.forFeature` names. Needs @nestjs/microservices. */
export const InjectClient = (service: string, name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(clientToken(service, name));
