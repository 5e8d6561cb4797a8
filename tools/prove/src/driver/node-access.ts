import { messageOf } from '@nestfleet/contracts';
import type { Kubectl } from './kubectl.ts';
import type { Stall, StallSignal } from './stall-injector.ts';

/** What is hit: the main process of a container on a node. */
export interface Target {
  readonly node: string;
  readonly containerId: string;
}

const NAME = 'fault-injector';
const READY_WITHIN = '90s';
const SIGNALLED_WITHIN_MS = 30_000;

/** One pod on each node, with the node's processes before it: root there. */
const daemonSet = (image: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: NAME },
  spec: {
    selector: { matchLabels: { app: NAME } },
    template: {
      metadata: { labels: { app: NAME } },
      spec: {
        hostPID: true,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: NAME,
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['sleep', 'infinity'],
            securityContext: { privileged: true, runAsUser: 0 },
          },
        ],
      },
    },
  },
});

/** The process that is the first one in the container $1 by its own counting, as $pid. */
const FIND = `
pid=
for each in $(grep -l -- "$1" /proc/[0-9]*/cgroup 2>/dev/null); do
  grep -q '^NSpid:.*[[:space:]]1$' "\${each%cgroup}status" 2>/dev/null && pid=\${each#/proc/} && pid=\${pid%/cgroup} && break
done
[ -n "$pid" ] || { echo "container $1 has no process here" >&2; exit 3; }
`;
const SIGNAL = `${FIND} kill -s "$2" "$pid"`;
/** Until no process of it is left: what it held is free then. */
const END = `${FIND} kill -s "$2" "$pid"; while [ -e "/proc/$pid" ]; do sleep 0.02; done`;
/** Runs at one part in a number, for some time at most: whoever began it may be gone. */
const SLOW = `${FIND}
end=$(($(date +%s) + $2))
while [ "$(date +%s)" -lt "$end" ] && [ ! -e "/tmp/release-$1" ]; do
  kill -s STOP "$pid" && sleep "$3" && kill -s CONT "$pid" && sleep "$4" || break
done
kill -s CONT "$pid"; rm -f "/tmp/release-$1"`;
/**
 * By the node's own programs, which are where the parent of the container's process is, in the network of the container.
 * Connections are refused, as by a server that has stopped, and those that stand are ended where the kernel does that; else they
 * are silent.
 */
const CUT = `${FIND}
node=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
in_pod() { nsenter --mount="/proc/$node/ns/mnt" --net="/proc/$pid/ns/net" "$@"; }
[ "$2" != --list ] || { in_pod iptables --wait --list OUTPUT >/dev/null; exit; }
way=$2
rule() {
  # 1: it is not there, so there is nothing to delete.
  [ "$way" = --insert ] || in_pod iptables --wait --check "$@" 2>/dev/null || { [ "$?" -eq 1 ] && return 0; }
  in_pod iptables --wait "$way" "$@"
}
in_pod true &&
rule OUTPUT -d "$3" -p tcp -j REJECT --reject-with tcp-reset &&
rule INPUT -s "$3" -j DROP || exit
[ "$2" = --delete ] || in_pod ss --kill --tcp dst "$3" >/dev/null 2>&1 || true`;

/** The address of the API server, as every pod is told it. */
const API_SERVER = `${FIND}
tr '\\0' '\\n' <"/proc/$pid/environ" | sed -n 's/^KUBERNETES_SERVICE_HOST=//p'`;

/** privilegedRefusal is what the cluster says where it allows us no privileged pods; undefined where something else went wrong. */
export const privilegedRefusal = (...messages: readonly string[]): string | undefined =>
  messages.find((each) => /violates PodSecurity|\bis forbidden\b/i.test(each));

/** NodeAccess sends signals to containers, which Kubernetes itself offers to nobody: by privileged pods, one on each node. */
export class NodeAccess {
  private readonly pods = new Map<string, string>();

  private readonly kubectl: Kubectl;
  /** Why there are none: the message of the cluster. */
  readonly refusal: string | undefined;

  private constructor(kubectl: Kubectl, refusal: string | undefined) {
    this.kubectl = kubectl;
    this.refusal = refusal;
  }

  /** @returns one that says why, where the cluster refuses privileged pods @throws where they do not come up for another reason */
  static async open(kubectl: Kubectl, image: string): Promise<NodeAccess> {
    try {
      await kubectl.run(['apply', '--filename=-'], { input: JSON.stringify(daemonSet(image)) });
      // Pod Security refuses the pods of it, and not the set.
      await kubectl.run(['rollout', 'status', `daemonset/${NAME}`, `--timeout=${READY_WITHIN}`]);
    } catch (error) {
      const fields = `--field-selector=involvedObject.name=${NAME},type=Warning`;
      const events = await kubectl
        .run(['get', 'events', fields, '--output=jsonpath={.items[*].message}'])
        .catch((cause: unknown) => `events cannot be read: ${messageOf(cause)}`);
      const refusal = privilegedRefusal(events, messageOf(error));
      if (refusal === undefined)
        throw new Error(`${NAME} does not come up: ${messageOf(error)} ${events}`, { cause: error });
      await kubectl.run(['delete', 'daemonset', NAME, '--ignore-not-found']);
      return new NodeAccess(kubectl, `privileged pods are refused: ${refusal}`);
    }
    return new NodeAccess(kubectl, undefined);
  }

  async signal(target: Target, signal: StallSignal | 'SIGTERM'): Promise<void> {
    await this.execute(target.node, SIGNAL, [target.containerId, signal.replace('SIG', '')]);
  }

  /** Returns when it has ended. */
  async end(target: Target, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.execute(target.node, END, [target.containerId, signal.replace('SIG', '')]);
  }

  /** Released in time, or by itself after `limitMs`. */
  slow({ node, containerId }: Target, { runMs, stopMs, limitMs }: SlowOptions): Stall {
    const words = [containerId, String(Math.ceil(limitMs / 1_000)), seconds(stopMs), seconds(runMs)];
    const running = this.execute(node, SLOW, words, limitMs + SIGNALLED_WITHIN_MS);
    // Told by `release`.
    running.catch(() => undefined);
    return {
      release: async () => {
        await this.execute(node, 'touch "/tmp/release-$1"', [containerId]);
        await running;
      },
    };
  }

  /** Why that container's pod cannot be cut off from an address, with the message of its node; undefined where it can. */
  async cutRefusal({ node, containerId }: Target): Promise<string | undefined> {
    if (this.refusal !== undefined) return this.refusal;
    return this.execute(node, CUT, [containerId, '--list', '']).then(
      () => undefined,
      (error: unknown) => `the node ${node} has no iptables for us: ${messageOf(error)}`,
    );
  }

  apiServerOf(target: Target): Promise<string> {
    return this.execute(target.node, API_SERVER, [target.containerId]);
  }

  /** Nothing goes between a container's pod and an address any more, until it is restored. */
  async cut({ node, containerId }: Target, address: string): Promise<void> {
    await this.execute(node, CUT, [containerId, '--insert', address]);
  }

  /** By any container of the pod, and also where the cut was half done or not at all. */
  async restore({ node, containerId }: Target, address: string): Promise<void> {
    await this.execute(node, CUT, [containerId, '--delete', address]);
  }

  private async execute(
    node: string,
    script: string,
    words: readonly string[] = [],
    withinMs = SIGNALLED_WITHIN_MS,
  ): Promise<string> {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const pod = this.pods.get(node) ?? (await this.podOn(node));
    this.pods.set(node, pod);
    const command = ['exec', pod, '--', 'sh', '-c', script, 'sh', ...words];
    return (await this.kubectl.run(command, { withinMs })).trim();
  }

  private async podOn(node: string): Promise<string> {
    const fields = ['--selector', `app=${NAME}`, '--field-selector', `spec.nodeName=${node}`];
    const name = await this.kubectl.run(['get', 'pods', ...fields, '--output=jsonpath={.items[0].metadata.name}']);
    if (name === '') throw new Error(`the node ${node} has no ${NAME}`);
    return name;
  }
}

export interface SlowOptions {
  readonly runMs: number;
  readonly stopMs: number;
  readonly limitMs: number;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
