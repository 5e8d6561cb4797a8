import type { DiscoveryService } from '@nestjs/core';
import { DiscoveryError } from '../errors.ts';
import { CLIENT_PREFIX } from './tokens.ts';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Where Nest keeps the tokens that a class asks for, of its constructor and of its properties. */
const CONSTRUCTOR = 'self:paramtypes';
const PROPERTIES = 'self:properties_metadata';

function dependenciesOf({ inject, metatype }: Wrapper): unknown[] {
  const ofFactory = (inject ?? []).map((each) => (typeof each === 'object' && 'token' in each ? each.token : each));
  if (typeof metatype !== 'function') return ofFactory;
  const ofConstructor = (Reflect.getMetadata(CONSTRUCTOR, metatype) ?? []) as { param: unknown }[];
  const ofProperties = (Reflect.getMetadata(PROPERTIES, metatype) ?? []) as { type: unknown }[];
  return [...ofFactory, ...ofConstructor.map(({ param }) => param), ...ofProperties.map(({ type }) => type)];
}

/**
 * requireTransport rejects with DiscoveryError `transport_missing` where something injects a client and the transport cannot be
 * loaded: at the first message it would be too late.
 */
export async function requireTransport(wrappers: readonly Wrapper[], load: () => Promise<unknown>): Promise<void> {
  const asking = wrappers.find((wrapper) =>
    dependenciesOf(wrapper).some((token) => typeof token === 'string' && token.startsWith(CLIENT_PREFIX)),
  );
  if (asking === undefined) return;
  try {
    await load();
  } catch (cause) {
    const detail = `${String(asking.name)} injects a client, which sends over @nestjs/microservices: install it`;
    throw new DiscoveryError('transport_missing', detail, { cause });
  }
}
