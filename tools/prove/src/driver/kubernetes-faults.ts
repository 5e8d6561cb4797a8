import { SERVICE_NAMES } from '@nestfleet/contracts';
import { until } from '../client/until.ts';
import { output } from './docker.ts';
import type { ClusterFaults } from './fleet-driver.ts';
import type { HeldFaults } from './held-faults.ts';
import type { Cluster, Kubectl } from './kubectl.ts';
import { type Pod, evictedFrom, parseNodes } from './kubernetes-view.ts';
import type { NodeAccess, Target } from './node-access.ts';
import type { PodLogs } from './pod-logs.ts';

const DRAINED_WITHIN_S = 180;
const STARTED_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 30_000;
const ASKED_WITHIN_MS = 5_000;
/** How the names of faults begin that are held. */
const CORDON = 'cordon of ';
const CUT = 'cut of ';
const API_SERVER = 'stop of the API server';
const GATEWAY = 'frontend-gateway';

export interface FaultsOptions {
  readonly kubectl: Kubectl;
  readonly access: NodeAccess;
  readonly cluster: Cluster;
  /** Of the pods that may be evicted: other people's pods stay, and so does the one Redis. */
  readonly label: string;
  readonly pods: (service?: string) => Promise<Pod[]>;
  readonly targetOf: (pod: string) => Promise<Target>;
  readonly held: HeldFaults;
  readonly podLogs: PodLogs;
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
  podLogs,
}: FaultsOptions): RefusableFaults {
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
      held.hold(`${CORDON}${node}`, async () => {
        await kubectl.run(['uncordon', node]);
      });
      podLogs.follow(apps);
      await kubectl.runFor(DRAINED_WITHIN_S, ['drain', node, `--pod-selector=${label}`, '--delete-emptydir-data']);
      return { node, evicted: evictedFrom(node, apps, await pods()) };
    },
    uncordon: () => held.releaseAll(CORDON),
    cutApiServer: async () => {
      if (cluster.apiServer !== undefined) return stopApiServer(kubectl, cluster.apiServer, held);
      for (const { name } of await pods(GATEWAY)) {
        const target = await targetOf(name);
        const address = await access.apiServerOf(target);
        // The network of a pod outlives its container, and goes with the pod.
        held.hold(`${CUT}${name}`, async () => {
          if ((await pods()).some((pod) => pod.name === name)) await access.restore(await targetOf(name), address);
        });
        await access.cut(target, address);
      }
      return { restore: () => held.releaseAll(CUT), how: 'refused in the pods of the gateways', isForAll: false };
    },
  };
}

/** By the commands of whoever owns it: nobody reaches it then, the nodes and this proof among them. */
async function stopApiServer(
  kubectl: Kubectl,
  { stop, start }: NonNullable<Cluster['apiServer']>,
  held: HeldFaults,
): ReturnType<ClusterFaults['cutApiServer']> {
  const isReady = async (): Promise<boolean> =>
    (await kubectl.run(['get', '--raw', '/readyz'], { withinMs: ASKED_WITHIN_MS })) === 'ok';
  held.hold(API_SERVER, async () => {
    await output('sh', ['-c', start]);
    await until('the API server is ready again', isReady, STARTED_WITHIN_MS, 500);
  });
  await output('sh', ['-c', stop]);
  const isAway = (): Promise<boolean> =>
    isReady().then(
      (is) => !is,
      () => true,
    );
  await until('the API server is away after API_SERVER_STOP', isAway, STOPPED_WITHIN_MS, 500);
  return { restore: () => held.release(API_SERVER), how: 'stopped by API_SERVER_STOP', isForAll: true };
}
