import { instanceAt, type Health, type Instance } from '../instance.ts';

/** The part of `discovery.k8s.io/v1` that is read. Go writes an empty list as null. */
export interface EndpointSlice {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  /** IPv4, IPv6 or FQDN. */
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  /** The port of a Service that has one port may have no name. */
  readonly ports?:
    | readonly { readonly name?: string | null; readonly port?: number | null; readonly protocol?: string | null }[]
    | null;
}

export interface Endpoint {
  /** All of them lead to one pod, and the first is the one to use. */
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions | null;
  readonly targetRef?: { readonly kind?: string; readonly name?: string } | null;
  readonly zone?: string | null;
  readonly hints?: { readonly forZones?: readonly { readonly name: string }[] | null } | null;
}

export interface EndpointConditions {
  /** Serving, and not terminating. */
  readonly ready?: boolean | null;
  /** The pod's readiness, also while it terminates. Not read: ready says it of all that do not terminate. */
  readonly serving?: boolean | null;
  readonly terminating?: boolean | null;
}

/** Where a pod has addresses of several families it is one instance, at the last of these. */
const ADDRESS_TYPES = ['FQDN', 'IPv6', 'IPv4'];

/**
 * healthOf is maintenance for a pod that terminates whether it still serves or not: that it drains is why its readiness fails. As critical it
 * would count for the panic threshold, and be used in panic. A condition that is missing is what Kubernetes defines: ready, not terminating.
 */
export function healthOf(conditions: EndpointConditions | null | undefined): Health {
  // Before ready, which a Service with publishNotReadyAddresses says of all.
  if (conditions?.terminating === true) return 'maintenance';
  return (conditions?.ready ?? true) ? 'passing' : 'critical';
}

/** The contract's ports by name; one without a name is the only one. A slice without a list stands for any port. */
function portsOf({ ports }: EndpointSlice): { http: number; meta: Record<string, string> } {
  const byName = new Map<string, number>();
  for (const { name, port, protocol } of ports ?? [])
    if (typeof port === 'number' && (protocol ?? 'TCP') === 'TCP') byName.set(name ?? '', port);
  const meta: Record<string, string> = {};
  for (const name of ['rpc', 'control', 'metrics']) {
    const port = byName.get(name);
    if (port !== undefined) meta[`${name}_port`] = String(port);
  }
  return { http: byName.get('http') ?? byName.get('') ?? 0, meta };
}

function instanceOf(
  service: string,
  { http: port, meta }: ReturnType<typeof portsOf>,
  endpoint: Endpoint,
  address: string,
): Instance {
  const { targetRef, zone, hints } = endpoint;
  const pod = targetRef?.kind === 'Pod' && targetRef.name ? targetRef.name : undefined;
  const forZones = hints?.forZones?.map(({ name }) => name) ?? [];
  return instanceAt(service, {
    ...(pod === undefined ? {} : { id: pod }),
    address,
    port,
    health: healthOf(endpoint.conditions),
    meta: {
      ...meta,
      ...(pod === undefined ? {} : { instance_name: pod }),
      ...(zone ? { zone } : {}),
      ...(forZones.length === 0 ? {} : { zone_hints: forZones.join() }),
    },
  });
}

/** Above 0 where one is the later version. They are whole numbers that grow; longer is greater. */
function versionOrder(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other));
}

/**
 * instancesOf is all instances of the slices of a service, each once, sorted by id. An endpoint stands in two slices while it is moved from
 * one to the other, and in one of each family where the Service has two: the slice that was written last says how it is.
 */
export function instancesOf(service: string, slices: Iterable<EndpointSlice>): Instance[] {
  const newestFirst = [...slices].toSorted((a, b) =>
    versionOrder(b.metadata.resourceVersion, a.metadata.resourceVersion),
  );
  const listed = newestFirst.flatMap((slice) => {
    const ports = portsOf(slice);
    const preference = ADDRESS_TYPES.indexOf(slice.addressType);
    return (slice.endpoints ?? []).flatMap((endpoint) => {
      const [address] = endpoint.addresses;
      return address === undefined ? [] : [{ instance: instanceOf(service, ports, endpoint, address), preference }];
    });
  });
  return [...Map.groupBy(listed, ({ instance }) => instance.id).values()]
    .map((same) => {
      const newest = same[0]!.instance;
      const { address, port } = same.toSorted((a, b) => b.preference - a.preference)[0]!.instance;
      return { ...newest, address, port };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
