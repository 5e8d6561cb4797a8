import type { TableRow } from '../deploy/services-table.ts';
import { differing } from './compare.ts';
import { isWorkload, type KubernetesObject, type Labels, type Selector, selects, type Workload } from './objects.ts';
import { balancerOf, catalogOf, isForDevelopment } from './overlays.ts';

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: unknown;
}

type Ports = Readonly<Record<string, readonly string[]>>;

interface Policy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly {
      readonly from?: readonly Peer[];
      readonly ports?: readonly { readonly port?: string | number; readonly endPort?: number }[];
    }[];
  };
}

const GATEWAY = 'frontend-gateway';
const ANYBODY = 'anybody';

/** policyFindings: each port of each pod is reached by those who need it, and by nobody else where the overlay has policies. */
export function policyFindings(
  overlay: string,
  objects: readonly KubernetesObject[],
  rows: readonly TableRow[],
): string[] {
  const policies = objects.filter((each): each is Policy => each.kind === 'NetworkPolicy');
  const workloads = objects.filter(isWorkload);
  const closing = policies.filter(({ spec }) => spec.policyTypes?.join() !== 'Ingress');
  const messages = closing.map(({ metadata }) => `the NetworkPolicy ${metadata.name} is not of Ingress alone`);
  const reached = workloads.flatMap((workload) => {
    const { name } = workload.metadata;
    const row = rows.find((each) => each.name === name);
    const expected = row === undefined ? ofServer(name, rows) : ofService(overlay, row);
    const own = policies.filter(({ spec }) => selects(spec.podSelector, labelsOf(workload)));
    return Object.entries(expected).flatMap(([port, peers]) =>
      differing(`the port ${port} open to`, reachedBy(own, workloads, portOf(workload, port)), listed(peers)).map(
        (message) => `${name} ${message}`,
      ),
    );
  });
  return [...messages, ...reached];
}

const listed = (peers: readonly string[]): string =>
  peers.includes(ANYBODY) ? ANYBODY : [...new Set(peers)].toSorted().join(', ') || 'nobody';

/** Redis and Consul, which have one port of their own name. */
const ofServer = (name: string, rows: readonly TableRow[]): Ports => ({
  [name]: rows.filter(({ needs }) => needs.some((each) => each === name)).map((row) => row.name),
});

function ofService(overlay: string, row: TableRow): Ports {
  const names = ['http', ...(row.ports.rpc === undefined ? [] : ['rpc']), 'control', 'metrics'];
  if (isForDevelopment(overlay)) return Object.fromEntries(names.map((name) => [name, [ANYBODY]]));
  const controller = balancerOf(overlay, row) === 'kubernetes-gateway' ? ['namespace traefik'] : [];
  const checks = catalogOf(overlay) === 'consul' ? ['consul'] : [];
  const http =
    row.name === GATEWAY ? [ANYBODY] : [...(row.ingress === undefined ? [] : [GATEWAY]), ...controller, ...checks];
  const known: Ports = { http, rpc: [GATEWAY], control: [GATEWAY], metrics: ['namespace monitoring'] };
  return Object.fromEntries(names.map((name) => [name, known[name] ?? []]));
}

interface Port {
  readonly name: string;
  readonly number: number;
}

const labelsOf = ({ spec }: Workload): Labels => spec.template.metadata?.labels ?? {};

function portOf({ spec }: Workload, name: string): Port {
  const ports = spec.template.spec.containers.flatMap((container) => container.ports ?? []);
  return { name, number: ports.find((port) => port.name === name)?.containerPort ?? 0 };
}

function reachedBy(policies: readonly Policy[], workloads: readonly Workload[], { name, number }: Port): string {
  if (policies.length === 0) return ANYBODY;
  const rules = policies.flatMap(({ spec }) => spec.ingress ?? []);
  const open = rules.filter(
    ({ ports }) =>
      ports?.some(({ port, endPort }) => port === undefined || port === name || isWithin(number, port, endPort)) ??
      true,
  );
  return listed(open.flatMap(({ from }) => (from ?? [{}]).flatMap((peer) => namesOf(peer, workloads))));
}

const isWithin = (number: number, port: string | number, endPort = port): boolean =>
  typeof port === 'number' && typeof endPort === 'number' && port <= number && number <= endPort;

function namesOf({ podSelector, namespaceSelector, ipBlock }: Peer, workloads: readonly Workload[]): string[] {
  if (ipBlock !== undefined) return [JSON.stringify(ipBlock)];
  if (namespaceSelector !== undefined)
    return [`namespace ${namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? 'of any name'}`];
  if (podSelector === undefined) return [ANYBODY];
  return workloads.filter((each) => selects(podSelector, labelsOf(each))).map(({ metadata }) => metadata.name);
}
