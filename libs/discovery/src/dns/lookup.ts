import { instanceAt, type Instance } from '../instance.ts';
import type { DnsRecord } from './message.ts';
import type { NamePattern } from './name-pattern.ts';
import type { Resolve } from './resolver.ts';

export interface Lookup {
  /** Sorted by id. */
  readonly instances: readonly Instance[];
  /** The shortest life of a record, 0 where there is none. */
  readonly ttlS: number;
}

type AddressRecord = Extract<DnsRecord, { address: string }>;
type ServiceRecord = Extract<DnsRecord, { target: string }>;

const isAddress = (record: DnsRecord): record is AddressRecord => record.type !== 'SRV';
const isService = (record: DnsRecord): record is ServiceRecord => record.type === 'SRV';

async function addressesOf(name: string, resolve: Resolve, signal: AbortSignal): Promise<AddressRecord[]> {
  const found = await Promise.all([resolve(name, 'A', signal), resolve(name, 'AAAA', signal)]);
  return found.flat().filter(isAddress);
}

/** The additional records of an answer save a question for each target; what they lack is asked for. */
async function targetsOf(
  services: readonly ServiceRecord[],
  known: AddressRecord[],
  resolve: Resolve,
  signal: AbortSignal,
) {
  const addresses = new Map(known.map(({ name, address }) => [name, address]));
  for (const { target } of services) {
    if (addresses.has(target)) continue;
    const [first] = await addressesOf(target, resolve, signal);
    if (first) addresses.set(target, first.address);
  }
  return addresses;
}

/** What DNS lists is passing: whoever answers DNS leaves out the others. Ids of instances are made of their addresses. */
export async function lookUp(
  service: string,
  pattern: NamePattern,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Lookup> {
  const { port } = pattern;
  const name = pattern.nameOf(service);
  const instances = new Map<string, Instance>();
  const put = (instance: Instance): unknown => instances.set(instance.id, instance);
  let records: readonly DnsRecord[];
  if (port === undefined) {
    records = await resolve(name, 'SRV', signal);
    const services = records.filter(isService);
    const addresses = await targetsOf(services, records.filter(isAddress), resolve, signal);
    for (const { target, port: at, weight } of services) {
      const address = addresses.get(target);
      if (address !== undefined) put(instanceAt(service, { address, port: at, weight: Math.max(weight, 1) }));
    }
  } else {
    const found = await addressesOf(name, resolve, signal);
    for (const { address } of found) put(instanceAt(service, { address, port }));
    records = found;
  }
  const ttlS = records.length === 0 ? 0 : Math.min(...records.map((record) => record.ttlS));
  return { instances: [...instances.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)), ttlS };
}
