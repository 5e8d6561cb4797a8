import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import type { Counts, Fsync } from './fleet-options.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
}

/** Workload is a Deployment or a StatefulSet. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: { readonly terminationGracePeriodSeconds?: number; readonly containers: readonly Container[] };
    };
  };
}

interface ServiceObject extends KubernetesObject {
  readonly spec: {
    readonly type?: string;
    readonly ports?: readonly { readonly name?: string; readonly nodePort?: number }[];
  };
}

/** What one run asks of the overlay that it takes. */
export interface ManifestEdits {
  readonly counts: Required<Counts>;
  /** Variables of all apps. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the gateways alone. */
  readonly gatewayVariables: Readonly<Record<string, string>>;
  readonly fsync: Fsync;
  /** Where clients come to, a port on every node: this one, or any. */
  readonly nodePort?: number | undefined;
  /** Tag of the images of our apps, in place of the overlay's. */
  readonly tag?: string | undefined;
  /** Label of the pods that may be evicted: those of our apps. */
  readonly label: readonly [name: string, value: string];
}

/** Of the whole cluster, or of something that this run replaces: a proof scales by itself, and nobody scrapes it. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'GatewayClass',
  'HorizontalPodAutoscaler',
  'ScaledObject',
  'PodMonitor',
  'ServiceMonitor',
  'PrometheusRule',
]);
const EDGE: ServiceName = 'frontend-gateway';

const isWorkload = (object: KubernetesObject): object is Workload =>
  object.kind === 'Deployment' || object.kind === 'StatefulSet';

const serviceNamed = (name: string): ServiceName | undefined => SERVICE_NAMES.find((each) => each === name);

/** editManifests makes an overlay, as it is rendered, into the fleet of one run. */
export function editManifests(objects: readonly KubernetesObject[], edits: ManifestEdits): KubernetesObject[] {
  return objects
    .filter(({ kind }) => !LEFT_OUT.has(kind))
    .flatMap((object) => {
      if (isWorkload(object)) return [editWorkload(object, edits)];
      const isEdge = object.kind === 'Service' && object.metadata.name === EDGE;
      return isEdge ? [object, openOnNodes(object as ServiceObject, edits.nodePort)] : [object];
    });
}

function editWorkload(workload: Workload, edits: ManifestEdits): Workload {
  const { counts, fsync, tag, label } = edits;
  const service = serviceNamed(workload.metadata.name);
  if (service === undefined) return withContainers(workload, (each) => withFsync(each, fsync));
  const [name, value] = label;
  const variables = service === EDGE ? { ...edits.variables, ...edits.gatewayVariables } : edits.variables;
  const app = withContainers(workload, (each) => ({
    ...each,
    image: tag === undefined ? each.image : `${each.image.replace(/:[^:/]*$/, '')}:${tag}`,
    env: withVariables(each.env ?? [], variables),
  }));
  const { template } = app.spec;
  const labels = { ...template.metadata?.labels, [name]: value };
  return {
    ...app,
    spec: {
      ...app.spec,
      replicas: counts[service],
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** withContainers changes each container of a workload. */
function withContainers(workload: Workload, change: (container: Container) => Container): Workload {
  const { template } = workload.spec;
  const spec = { ...template.spec, containers: template.spec.containers.map(change) };
  return { ...workload, spec: { ...workload.spec, template: { ...template, spec } } };
}

const withVariables = (env: readonly Variable[], variables: Readonly<Record<string, string>>): Variable[] => [
  ...env.filter(({ name }) => !(name in variables)),
  ...Object.entries(variables).map(([name, value]) => ({ name, value })),
];

/** Where a container is told `--appendfsync`, it is told this. */
function withFsync(container: Container, fsync: Fsync): Container {
  const changed = (words: readonly string[] | undefined) =>
    words?.map((word, at) => (words[at - 1] === '--appendfsync' ? fsync : word));
  const { command, args, ...rest } = container;
  return { ...rest, ...(command ? { command: changed(command)! } : {}), ...(args ? { args: changed(args)! } : {}) };
}

/** openOnNodes is a Service beside the one of the gateways, because messages between them need all the ports that this one has. */
function openOnNodes({ metadata, spec, ...rest }: ServiceObject, nodePort: number | undefined): ServiceObject {
  const open = nodePort === undefined ? {} : { nodePort };
  const ports = (spec.ports ?? []).filter(({ name }) => name === 'http').map((port) => ({ ...port, ...open }));
  return {
    ...rest,
    metadata: { ...metadata, name: `${metadata.name}-nodes` },
    spec: { ...spec, type: 'NodePort', ports },
  };
}
