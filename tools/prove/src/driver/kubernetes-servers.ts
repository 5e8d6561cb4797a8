import { until } from '../client/until.ts';
import type { ServerName, Servers } from './fleet-driver.ts';
import type { Pod } from './kubernetes-view.ts';
import type { NodeAccess, Target } from './node-access.ts';
import type { StallInjector } from './stall-injector.ts';

const STARTED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

export interface ServersOptions {
  readonly access: NodeAccess;
  readonly pods: (service: string) => Promise<Pod[]>;
  readonly targetOf: (pod: string) => Promise<Target>;
  readonly stalls: StallInjector;
}

const none = (what: string) => () => Promise.reject(new Error(`${what} cannot be done to a pod`));

/** The Redis of the overlay dev. What ends it ends its process: the kubelet starts it again in its pod, with its data. */
export function kubernetesServers({ access, pods, targetOf, stalls }: ServersOptions): Servers {
  let restartsBefore = 0;
  const one = async (name: ServerName): Promise<Pod> => {
    const [pod] = await pods(name);
    if (!pod) throw new Error(`there is no ${name}`);
    return pod;
  };
  const end = async (name: ServerName, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const pod = await one(name);
    restartsBefore = pod.restarts;
    await access.end(await targetOf(pod.name), signal);
  };
  return {
    stop: (name) => end(name, 'SIGTERM'),
    kill: (name) => end(name, 'SIGKILL'),
    start: async (name) => {
      const isBack = async (): Promise<boolean> => {
        const { restarts, isReady } = await one(name);
        return restarts > restartsBefore && isReady;
      };
      await until(`${name} is started again`, isBack, STARTED_WITHIN_MS, LOOK_EVERY_MS);
    },
    pause: async (name) => {
      const target = await targetOf((await one(name)).name);
      await stalls.pause({ id: name, signal: (signal) => access.signal(target, signal) });
    },
    resume: (name) => stalls.resume(name),
    wipe: none('a wipe'),
    failSnapshots: none('a full disk'),
    losePower: none('a loss of power'),
  };
}
