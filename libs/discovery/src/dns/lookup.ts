import { instanceAt, type Instance } from '../instance.ts';
import type { DnsRecord } from './message.ts';
import type { NamePattern } from './name-pattern.ts';
import type { Resolve } from './resolver.ts';

export interface Lookup {
  /** Sorted by id. */
  readonly instances: readonly Instance[];
  /** The shortest life of a record, 0 where there is none. */
  readonly ttlS: number;
  /** Targets of SRV records without an address, sorted. */
  readonly unresolved: readonly string[];
}

type AddressRecord = Extract<DnsRecord, { address: string }>;
type ServiceRecord = Extract<DnsRecord, { target: string }>;

const isAddress = (record: DnsRecord): record is AddressRecord => record.type !== 'SRV';
const isService = (record: DnsRecord): record is ServiceRecord => record.type === 'SRV';

async function addressesOf(name: string, resolve: Resolve, signal: AbortSignal): Promise<AddressRecord[]> {
  const found = await Promise.all([resolve(name, 'A', signal), resolve(name, 'AAAA', signal)]);
  return found.flat().filter(isAddress);
}

/** Addresses of one family, IPv4 first: a target with both is one host. */
function ofOneFamily(records: readonly AddressRecord[]): string[] {
  const first = records.find(({ type }) => type === 'A') ?? records[0];
  return records.filter(({ type }) => type === first?.type).map(({ address }) => address);
}

/** The addresses that each target had last, kept by who looks up again and again. */
export type LastAddresses = Map<string, readonly string[]>;

/** So many targets are asked for at once. */
const AT_ONCE = 8;

interface Targets {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Not all of it could be asked: it is worth to ask again soon. */
  readonly isPartial: boolean;
}

/**
 * addressesByTarget is the addresses of each target: the additional records of an answer save a question, and what they
 * lack is asked for. A target that cannot be asked for keeps its last addresses, and the others theirs. It rejects with the
 * reason where no address is left.
 */
async function addressesByTarget(
  services: readonly ServiceRecord[],
  known: readonly AddressRecord[],
  resolve: Resolve,
  signal: AbortSignal,
  last: LastAddresses,
): Promise<Targets> {
  const failures: unknown[] = [];
  const addresses = new Map<string, readonly string[]>();
  const find = async (target: string): Promise<void> => {
    const beside = known.filter(({ name }) => name.toLowerCase() === target.toLowerCase());
    try {
      addresses.set(target, ofOneFamily(beside.length > 0 ? beside : await addressesOf(target, resolve, signal)));
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push(error);
      addresses.set(target, last.get(target) ?? []);
    }
  };
  const targets = [...new Set(services.map(({ target }) => target))];
  for (let at = 0; at < targets.length; at += AT_ONCE) await Promise.all(targets.slice(at, at + AT_ONCE).map(find));
  if (failures.length > 0 && targets.every((target) => addresses.get(target)?.length === 0)) throw failures[0];
  last.clear();
  for (const [target, found] of addresses) last.set(target, found);
  return { addresses, isPartial: failures.length > 0 };
}

/** Those of the lowest priority that has an address: RFC 2782 keeps the others for when none of it can be reached. */
function preferred(services: readonly ServiceRecord[], addresses: ReadonlyMap<string, readonly string[]>) {
  const usable = services.filter(({ target }) => (addresses.get(target)?.length ?? 0) > 0);
  const lowest = Math.min(...usable.map(({ priority }) => priority));
  return usable.filter(({ priority }) => priority === lowest);
}

/** The records of the first name that has some; one that cannot be asked for ends the search, since it may be the right one. */
async function firstFound<R>(
  names: readonly string[],
  find: (name: string) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  for (const name of names) {
    const found = await find(name);
    if (found.length > 0) return found;
  }
  return [];
}

/** What DNS lists is passing: whoever answers DNS leaves out the others. Ids of instances are made of their addresses. */
export async function lookUp(
  service: string,
  pattern: NamePattern,
  resolve: Resolve,
  signal: AbortSignal,
  last: LastAddresses = new Map(),
): Promise<Lookup> {
  const port = pattern.portOf(service);
  const names = pattern.namesOf(service);
  const instances = new Map<string, Instance>();
  const put = (instance: Instance): unknown => instances.set(instance.id, instance);
  let records: readonly DnsRecord[];
  let unresolved: readonly string[] = [];
  let isPartial = false;
  if (port === undefined) {
    records = await firstFound(names, (name) => resolve(name, 'SRV', signal));
    const services = records.filter(isService);
    const targets = await addressesByTarget(services, records.filter(isAddress), resolve, signal, last);
    const { addresses } = targets;
    ({ isPartial } = targets);
    for (const { target, port: at, weight } of preferred(services, addresses)) {
      for (const address of addresses.get(target) ?? [])
        put(instanceAt(service, { address, port: at, weight: Math.max(weight, 1) }));
    }
    unresolved = [...addresses.keys()].filter((target) => addresses.get(target)?.length === 0).toSorted();
  } else {
    const found = await firstFound(names, (name) => addressesOf(name, resolve, signal));
    for (const { address } of found) put(instanceAt(service, { address, port }));
    records = found;
  }
  const ttlS = records.length === 0 || isPartial ? 0 : Math.min(...records.map((record) => record.ttlS));
  return { instances: [...instances.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)), ttlS, unresolved };
}
