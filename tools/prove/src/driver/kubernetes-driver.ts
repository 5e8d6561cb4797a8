import { declarationOf, messageOf, type ServiceName } from '@nestfleet/contracts';
import { until } from '../client/until.ts';
import type { CatalogEntry, FleetDriver, Replica } from './fleet-driver.ts';
import { HeldFaults } from './held-faults.ts';
import type { Cluster, Kubectl } from './kubectl.ts';
import { clusterFaults } from './kubernetes-faults.ts';
import { kubernetesServers } from './kubernetes-servers.ts';
import { type Pod, parsePods, parseSlices, replicaOf } from './kubernetes-view.ts';
import { parseEvents } from './log-events.ts';
import { PodLogs } from './pod-logs.ts';
import type { NodeAccess, Target } from './node-access.ts';
import { StallInjector, type StallTarget, dutyCycle } from './stall-injector.ts';

/** Above every `terminationGracePeriodSeconds` of the manifests, and what an image takes to start. */
const CHANGED_WITHIN_S = 180;
const CHANGED_WITHIN_MS = CHANGED_WITHIN_S * 1_000;
/** One that dies again and again is started again after 10 s, then 20 s, then 40 s. */
const HEALED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 200;

/** Runs inside a container, so it is plain JavaScript. */
const ASK = `
fetch(new URL(process.argv[1], 'http://' + process.argv[2])).then(async (answer) =>
  process.stdout.write(JSON.stringify({ status: answer.status, text: await answer.text() })));
`;

export interface KubernetesFleet {
  readonly kubectl: Kubectl;
  readonly access: NodeAccess;
  readonly cluster: Cluster;
  readonly edgeRetries: boolean;
  /** Label of the pods that may be evicted. */
  readonly label: string;
  readonly dispose: () => Promise<void>;
}

/** A fleet of pods: looked at and changed through kubectl in one namespace, hit by signals from privileged pods on its nodes. */
export function kubernetesDriver({
  kubectl,
  access,
  cluster,
  edgeRetries,
  label,
  dispose,
}: KubernetesFleet): FleetDriver {
  const stalls = new StallInjector();
  const held = new HeldFaults();
  const podLogs = new PodLogs(kubectl);
  /** Who was there when a pod was deleted: who is not among them has come in its place. */
  const before = new Map<string, ReadonlySet<string>>();
  const pods = async (service?: string): Promise<Pod[]> => {
    const all = parsePods(await kubectl.get('pods'));
    return service === undefined ? all : all.filter((each) => each.service === service);
  };
  const podNamed = async (name: string): Promise<Pod> => {
    const found = (await pods()).find((each) => each.name === name);
    if (!found) throw new Error(`${name} is not there`);
    return found;
  };
  const targetOf = async (name: string): Promise<Target> => {
    const { node, containerId } = await podNamed(name);
    if (containerId === undefined) throw new Error(`${name} has no container`);
    return { node, containerId };
  };
  const stallTarget = async (name: string): Promise<StallTarget> => {
    const target = await targetOf(name);
    return { id: name, signal: (signal) => access.signal(target, signal) };
  };
  const isServing = (pod: Pod): boolean => !pod.isLeaving && (pod.isReady || stalls.holds(pod.name));
  const ready = async (service: ServiceName): Promise<Replica[]> =>
    (await pods(service)).filter(isServing).map((pod) => replicaOf(pod, service));
  /** All that are there are ready, so many of them, and nobody is on the way out. */
  const untilSettled = async (service: ServiceName, count: number): Promise<void> => {
    const isSettled = async (): Promise<boolean> => {
      const all = await pods(service);
      return all.length === count && all.every(isServing);
    };
    await until(
      `${count} pods of ${service} are ready and no other is left`,
      isSettled,
      CHANGED_WITHIN_MS,
      LOOK_EVERY_MS,
    );
  };
  const entries = async (service: ServiceName): Promise<CatalogEntry[]> =>
    parseSlices(await kubectl.get('endpointslices', `--selector=kubernetes.io/service-name=${service}`));
  /** Tries all of it. @throws what could not be undone, after that */
  const undone = async (): Promise<void> => {
    const results = await Promise.allSettled([stalls.releaseAll(), held.releaseAll()]);
    const failed = results.filter((each) => each.status === 'rejected').map(({ reason }) => messageOf(reason));
    if (failed.length > 0) throw new Error(failed.join('\n'));
  };
  const faults = clusterFaults({ kubectl, access, cluster, label, pods, targetOf, held, podLogs });
  return {
    engine: 'kubernetes',
    restartsByItself: true,
    edgeRetries,
    lacks: async (ability) => {
      if (ability === 'signals') return access.refusal;
      return ability === 'drain' ? faults.drainRefusal() : faults.cutRefusal();
    },
    // Whoever comes by a node's port comes from the node.
    strangerAddress: undefined,
    ready,
    scale: async (service, count) => {
      const old = await pods(service);
      if (old.length > count) podLogs.follow(old);
      await kubectl.run(['scale', `deployment/${service}`, `--replicas=${count}`]);
      await untilSettled(service, count);
    },
    roll: async (service) => {
      const old = await pods(service);
      podLogs.follow(old);
      await kubectl.run(['rollout', 'restart', `deployment/${service}`]);
      await kubectl.runFor(CHANGED_WITHIN_S, ['rollout', 'status', `deployment/${service}`]);
      await untilSettled(service, old.length);
    },
    reloadEdge: () => Promise.reject(new Error('nothing is read again in place on Kubernetes')),
    stop: async ({ id, service }) => {
      const there = await pods(service);
      before.set(id, new Set(there.map(({ name }) => name)));
      podLogs.follow(there.filter(({ name }) => name === id));
      await kubectl.runFor(CHANGED_WITHIN_S, ['delete', 'pod', id]);
    },
    kill: async ({ id }) => {
      await access.end(await targetOf(id), 'SIGKILL');
    },
    heal: async ({ id, service, startedMs = 0 }) => {
      const others = before.get(id);
      const isNext = ({ id: name, startedMs: nextMs = 0 }: Replica): boolean =>
        others === undefined ? name === id && nextMs > startedMs : !others.has(name);
      const next = async () => (await ready(service)).find(isNext);
      return (await until(`what comes after ${id} is ready`, next, HEALED_WITHIN_MS, LOOK_EVERY_MS)).value;
    },
    pause: async ({ id }) => {
      await stalls.pause(await stallTarget(id));
    },
    resume: ({ id }) => stalls.resume(id),
    slow: async ({ id }, { factor, limitMs }) => access.slow(await targetOf(id), { ...dutyCycle(factor), limitMs }),
    // Pods have addresses that need not lead anywhere from here.
    origin: () => undefined,
    ask: async ({ id, service }, path) => {
      const command = ['exec', id, '--', 'node', '-e', ASK, path, `127.0.0.1:${declarationOf(service).ports.http}`];
      return JSON.parse(await kubectl.run(command)) as { status: number; text: string };
    },
    servers: kubernetesServers({ access, pods, targetOf, stalls }),
    redis: async (...words) => JSON.parse(await redisCommand(kubectl, words)) as unknown,
    entries,
    events: async (service, sinceMs) => {
      const logs = await podLogs.read(await pods(), service);
      return [...logs].flatMap(([name, log]) => parseEvents(log, name, sinceMs));
    },
    logs: async () => podLogs.read(await pods()),
    undo: undone,
    cluster: faults,
    edgeNetwork: undefined,
    dispose: async () => {
      await undone().catch((error: unknown) => console.error(messageOf(error)));
      podLogs.end();
      await dispose();
    },
  };
}

/** Runs inside Redis' container, where the password is. */
const REDIS_CLI = 'REDISCLI_AUTH=$(cat /etc/nestfleet/secrets/redis_password) exec redis-cli --json "$@"';

const redisCommand = (kubectl: Kubectl, words: readonly string[]): Promise<string> =>
  kubectl.run(['exec', 'redis-0', '--', 'sh', '-c', REDIS_CLI, 'redis-cli', ...words]);
