import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { BaseConfig } from './config/base-config.ts';

/** Only a name that is slow to resolve takes any time; it must not hold up the boot. */
const DEADLINE_MS = 1_000;

/**
 * routedAddress is the address from which this machine would speak to the first Consul agent: with several interfaces that
 * is the one that the others are on. Undefined where that is loopback, or where nothing leads there. Sends nothing, because
 * a datagram socket that is connected has only read the routing table: so it works while Consul is unreachable.
 */
export async function routedAddress({ CONSUL_HTTP_ADDR: [agent] }: Pick<BaseConfig, 'CONSUL_HTTP_ADDR'>) {
  const written = agent?.includes('://') ? agent : `http://${agent}`;
  if (!URL.canParse(written)) return undefined;
  const host = new URL(written).hostname.replaceAll(/^\[|\]$/g, '');
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  const connected = Promise.withResolvers<string | undefined>();
  const late = setTimeout(() => connected.resolve(undefined), DEADLINE_MS);
  socket.once('error', () => connected.resolve(undefined));
  socket.once('connect', () => connected.resolve(socket.address().address));
  // Any port: none is used.
  socket.connect(8_500, host);
  const address = await connected.promise;
  clearTimeout(late);
  socket.close();
  return address === undefined || address.startsWith('127.') || address === '::1' ? undefined : address;
}
