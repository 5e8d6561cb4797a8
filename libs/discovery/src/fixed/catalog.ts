import { EventEmitter, on } from 'node:events';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { instanceAt, type Instance } from '../instance.ts';

/** `host:port` (IPv6 in brackets), or an instance with as much as is known about it. */
export type FixedInstance = string | (Pick<Instance, 'address' | 'port'> & Partial<Instance>);

/** A catalog whose owner says what is in it. */
export interface FixedCatalog extends Catalog {
  /** Replaces the instances of one service. Throws DiscoveryError `invalid_settings` for a malformed address. */
  put(service: string, instances: readonly FixedInstance[]): void;
}

function parse(text: string): Pick<Instance, 'address' | 'port'> {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const port = Number(digits);
  if (address === undefined || port < 1 || port > 65_535) {
    throw new DiscoveryError('invalid_settings', `fixed address "${text}" is not host:port`);
  }
  return { address, port };
}

const complete = (service: string, given: FixedInstance): Instance =>
  instanceAt(service, typeof given === 'string' ? parse(given) : given);

/** fixedCatalog is a catalog of known addresses, for hosts without a registry and for tests. */
export function fixedCatalog(
  services: Readonly<Record<string, readonly FixedInstance[]>>,
  nowMs: () => number = Date.now,
): FixedCatalog {
  const changes = new EventEmitter().setMaxListeners(0);
  const snapshots = new Map<string, Snapshot>();

  function put(service: string, given: readonly FixedInstance[]): void {
    const instances = given.map((one) => complete(service, one)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    snapshots.set(service, { instances, asOfMs: nowMs() });
    changes.emit(`put ${service}`);
  }
  for (const [service, given] of Object.entries(services)) put(service, given);

  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    if (signal.aborted) return;
    const wakes = on(changes, `put ${service}`, { signal });
    try {
      yield snapshots.get(service) ?? { instances: [], asOfMs: nowMs() };
      for await (const _ of wakes) yield snapshots.get(service) ?? { instances: [], asOfMs: nowMs() };
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await wakes.return?.(undefined);
    }
  }

  return { watch, put };
}
