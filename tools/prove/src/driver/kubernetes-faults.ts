import { SERVICE_NAMES } from '@nestfleet/contracts';
import { until } from '../client/until.ts';
import { output } from './docker.ts';
import type { ClusterFaults } from './fleet-driver.ts';
import type { Cluster, Kubectl } from './kubectl.ts';
import { type Pod, parseNodes } from './kubernetes-view.ts';
import type { NodeAccess, Target } from './node-access.ts';

const DRAINED_WITHIN_S = 180;
const STARTED_WITHIN_MS = 120_000;
const GATEWAY = 'frontend-gateway';

export interface FaultsOptions {
  readonly kubectl: Kubectl;
  readonly access: NodeAccess;
  readonly cluster: Cluster;
  /** Of the pods that may be evicted: other people's pods stay, and so does the one Redis. */
  readonly label: string;
  readonly pods: (service?: string) => Promise<Pod[]>;
  readonly targetOf: (pod: string) => Promise<Target>;
  /** What undoes each fault that still lasts. */
  readonly held: Map<string, () => Promise<void>>;
}

export interface RefusableFaults extends ClusterFaults {
  drainRefusal(): Promise<string | undefined>;
  cutRefusal(): Promise<string | undefined>;
}

/** Faults of the cluster itself, to our namespace alone. */
export function clusterFaults({
  kubectl,
  access,
  cluster,
  label,
  pods,
  targetOf,
  held,
}: FaultsOptions): RefusableFaults {
  const release = async (what: string): Promise<void> => {
    const undo = held.get(what);
    held.delete(what);
    await undo?.();
  };
  return {
    drainRefusal: async () => {
      const nodes = parseNodes(await kubectl.get('nodes'));
      return nodes.length < 2 ? 'its pods would have nowhere to go: one node takes pods' : undefined;
    },
    cutRefusal: async () => {
      if (cluster.apiServer !== undefined) return undefined;
      const refusals = await Promise.all(
        (await pods(GATEWAY)).map(async ({ name }) => access.cutRefusal(await targetOf(name))),
      );
      return refusals.find((each) => each !== undefined);
    },
    drain: async () => {
      const apps = (await pods()).filter(({ service }) => SERVICE_NAMES.some((each) => each === service));
      const [node] = [...Map.groupBy(apps, (pod) => pod.node)].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? [];
      if (node === undefined) throw new Error('no node has a pod of the fleet');
      held.set('drain', async () => {
        await kubectl.run(['uncordon', node]);
      });
      const scope = [`--pod-selector=${label}`, '--delete-emptydir-data', `--timeout=${DRAINED_WITHIN_S}s`];
      await kubectl.run(['drain', node, ...scope], { withinMs: DRAINED_WITHIN_S * 1_000 });
      return { node, evicted: apps.filter((pod) => pod.node === node).length };
    },
    uncordon: () => release('drain'),
    cutApiServer: async () => {
      if (cluster.apiServer !== undefined) return stopApiServer(kubectl, cluster.apiServer, held);
      for (const { name } of await pods(GATEWAY)) {
        const target = await targetOf(name);
        held.set(`cut ${name}`, await access.cut(target, await access.apiServerOf(target)));
      }
      const restore = async (): Promise<void> => {
        for (const what of [...held.keys()].filter((each) => each.startsWith('cut '))) await release(what);
      };
      return { restore, how: 'refused in the pods of the gateways', isForAll: false };
    },
  };
}

/** By the commands of whoever owns it: nobody reaches it then, the nodes and this proof among them. */
async function stopApiServer(
  kubectl: Kubectl,
  { stop, start }: NonNullable<Cluster['apiServer']>,
  held: FaultsOptions['held'],
): ReturnType<ClusterFaults['cutApiServer']> {
  const isReady = async (): Promise<boolean> => (await kubectl.run(['get', '--raw', '/readyz'])) === 'ok';
  let isStopped = true;
  const restore = async (): Promise<void> => {
    if (!isStopped) return;
    isStopped = false;
    held.delete('api server');
    await output('sh', ['-c', start]);
    await until('the API server is ready again', isReady, STARTED_WITHIN_MS, 500);
  };
  held.set('api server', restore);
  await output('sh', ['-c', stop]);
  return { restore, how: 'stopped by API_SERVER_STOP', isForAll: true };
}
