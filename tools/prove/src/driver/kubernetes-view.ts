import type { ServiceName } from '@nestfleet/contracts';
import type { CatalogEntry, Replica } from './fleet-driver.ts';

/** The label that says which service a pod is of. */
const SERVICE_LABEL = 'app.kubernetes.io/name';

/** Pod is what a proof needs of one. */
export interface Pod {
  readonly name: string;
  /** A service of ours, or a server such as `redis`. */
  readonly service: string;
  readonly node: string;
  readonly isReady: boolean;
  /** It was deleted and has not ended. */
  readonly isLeaving: boolean;
  /** Of its first container. */
  readonly containerName: string;
  /** As the runtime names it; undefined before it has started. */
  readonly containerId: string | undefined;
  readonly restarts: number;
  /** When its container was started last, milliseconds since 1970, to the second; undefined while none runs. */
  readonly startedMs: number | undefined;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
    readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly name: string }[] };
    readonly status: {
      readonly phase?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly containerStatuses?: readonly ContainerStatus[];
    };
  }[];
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount: number;
  readonly state?: { readonly running?: { readonly startedAt: string } };
}

const hasEnded = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** parsePods reads `kubectl get pods -o json`: those that have not ended. */
export function parsePods(list: PodList): Pod[] {
  const alive = list.items.filter(({ status }) => !hasEnded(status.phase));
  return alive.map(({ metadata, spec, status }) => {
    const containerName = spec.containers[0]?.name ?? '';
    const container = status.containerStatuses?.find(({ name }) => name === containerName);
    const startedAt = container?.state?.running?.startedAt;
    return {
      name: metadata.name,
      service: metadata.labels?.[SERVICE_LABEL] ?? '',
      node: spec.nodeName ?? '',
      isReady: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
      isLeaving: metadata.deletionTimestamp !== undefined,
      containerName,
      containerId: container?.containerID?.replace(/^[^:]+:\/\//, ''),
      restarts: container?.restartCount ?? 0,
      startedMs: startedAt === undefined ? undefined : Date.parse(startedAt),
    };
  });
}

/** evictedFrom counts the pods of a node that are gone afterwards: one that stayed, or was leaving anyway, was not evicted. */
export const evictedFrom = (node: string, before: readonly Pod[], after: readonly Pod[]): number =>
  before.filter((pod) => pod.node === node && !pod.isLeaving && !after.some(({ name }) => name === pod.name)).length;

/** A pod keeps its name when its container is started again: that is its id in the catalog too. */
export const replicaOf = ({ name, startedMs }: Pod, service: ServiceName): Replica => ({
  id: name,
  service,
  servedBy: name,
  instanceId: name,
  ...(startedMs === undefined ? {} : { startedMs }),
});

interface SliceList {
  readonly items: readonly {
    readonly endpoints?:
      | readonly {
          readonly targetRef?: { readonly name?: string };
          readonly conditions?: {
            readonly ready?: boolean;
            readonly serving?: boolean;
            readonly terminating?: boolean;
          };
        }[]
      | null;
  }[];
}

/** parseSlices reads the EndpointSlices of one Service: a pod that is in several of them, one for each family, is one entry. */
export function parseSlices(list: SliceList): CatalogEntry[] {
  const entries = new Map<string, CatalogEntry>();
  for (const { targetRef, conditions } of list.items.flatMap(({ endpoints }) => endpoints ?? [])) {
    const instanceId = targetRef?.name ?? '';
    // A condition that is not said means yes for the first two, and no for the last.
    const { ready = true, serving = ready, terminating = false } = conditions ?? {};
    const health = terminating ? (serving ? 'maintenance' : 'critical') : ready ? 'passing' : 'critical';
    entries.set(instanceId, { instanceId, health });
  }
  return [...entries.values()];
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly unschedulable?: boolean };
    readonly status: {
      readonly addresses?: readonly { readonly type: string; readonly address: string }[];
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

export interface ClusterNode {
  readonly name: string;
  /** Reached from beside it. */
  readonly address: string;
}

/** parseNodes reads `kubectl get nodes -o json`: those that take pods. */
export function parseNodes(list: NodeList): ClusterNode[] {
  const isReady = ({ status }: NodeList['items'][number]): boolean =>
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return list.items
    .filter((each) => isReady(each) && each.spec.unschedulable !== true)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      address: status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    }));
}
