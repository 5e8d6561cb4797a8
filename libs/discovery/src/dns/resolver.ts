import { getServers } from 'node:dns';
import { deadlineSignal, type Random } from '@nestfleet/timing';
import { DiscoveryError, reasonOf } from '../errors.ts';
import { hostOf } from '../instance.ts';
import type { DnsRecord, RecordType } from './message.ts';
import { askOverTcp, type DnsServer } from './tcp-resolver.ts';

/** All records of a name, empty where there is no such name. Rejects with DiscoveryError `catalog_unavailable`. */
export type Resolve = (name: string, type: RecordType, signal: AbortSignal) => Promise<readonly DnsRecord[]>;

const TIMEOUT_MS = 2_000;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/** `host`, `host:port`, IPv6 in brackets where a port follows. Throws DiscoveryError `invalid_settings`. */
export function parseDnsServer(text: string): DnsServer {
  const [, bracketed, bare, plain, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? bare ?? plain;
  const port = Number(digits ?? 53);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new DiscoveryError('invalid_settings', `DNS server "${text}" is not host or host:port`);
  }
  return { host, port };
}

/** Asks the server that answered last, then the others; without any given, those of the system. */
export function dnsResolver(given: readonly string[], random: Random): Resolve {
  let order = given.map(parseDnsServer);
  return async (name, type, signal) => {
    if (order.length === 0) order = getServers().map(parseDnsServer);
    const failures: string[] = [];
    for (const server of order) {
      try {
        const question = { id: Math.floor(random() * 65_536), name, type };
        const { code, records } = await askOverTcp(
          server,
          question,
          AbortSignal.any([signal, deadlineSignal(TIMEOUT_MS)]),
        );
        if (code !== NO_ERROR && code !== NO_SUCH_NAME) throw new Error(`answered with code ${code}`);
        order = [server, ...order.filter((other) => other !== server)];
        return records;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        failures.push(`${hostOf(server.host)}:${server.port}: ${reasonOf(error)}`);
      }
    }
    throw new DiscoveryError('catalog_unavailable', `DNS ${type} ${name}: ${failures.join('; ') || 'no server'}`);
  };
}
