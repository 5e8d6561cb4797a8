import { randomBytes, randomInt } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf } from '@nestfleet/contracts';
import { parseAllDocuments } from 'yaml';
import { UsageFault } from '../cli.ts';
import { ask } from '../client/http-client.ts';
import { until } from '../client/until.ts';
import { defaultCounts } from '../../../fleet/src/programs.ts';
import type { FleetDriver, StartedFleet } from './fleet-driver.ts';
import { output } from './docker.ts';
import { type Balancer, type FleetOptions, TEST_DOMAIN } from './fleet-options.ts';
import { type Cluster, Kubectl } from './kubectl.ts';
import { kubernetesDriver } from './kubernetes-driver.ts';
import { editManifests, type ManifestEdits } from './kubernetes-manifests.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { parseNodes } from './kubernetes-view.ts';
import { NodeAccess } from './node-access.ts';
import { drawAgainIfTaken } from './taken-port.ts';

const root = resolve(import.meta.dirname, '../../../..');
const OVERLAYS: Readonly<Partial<Record<Balancer, string>>> = { gateway: 'dev', traefik: 'gateway-traefik' };
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Images may have to be fetched. */
const READY_WITHIN_S = 300;
const ANSWERS_WITHIN_MS = 60_000;
const REMOVED_WITHIN_S = 180;
/** What every cluster gives to Services, unless it was told otherwise. */
const NODE_PORTS = { least: 30_000, most: 32_767 } as const;
/** The image of the pods that inject faults: the one that the apps are built on. */
const INJECTOR_IMAGE = 'node:24-bookworm-slim';

/** A fleet of its own for one run, in a namespace of its own. Removes it when it does not come up. */
export const bringUpOnKubernetes = (wanted: FleetOptions): Promise<StartedFleet> =>
  drawAgainIfTaken(() => bringUpOnce(wanted));

async function bringUpOnce(wanted: FleetOptions): Promise<StartedFleet> {
  const { purpose, balancer, counts, fsync = 'everysec', variables = {}, cluster } = wanted;
  if (cluster === undefined) throw new UsageFault('ENGINE=kubernetes needs a cluster');
  const overlay = OVERLAYS[balancer];
  if (overlay === undefined)
    throw new UsageFault(`on Kubernetes there is BALANCER=${Object.keys(OVERLAYS).join(' or ')}`);
  if (wanted.tls) throw new UsageFault('https is not tried on Kubernetes: its certificate is the cluster’s');
  const namespace = `nestfleet-${purpose}-${randomBytes(4).toString('hex')}`;
  const faults = `${namespace}-faults`;
  const kubectl = new Kubectl(cluster, namespace);
  const port = nodePortOf(cluster);
  const removed = (wait: boolean): Promise<string> =>
    kubectl.runFor(REMOVED_WITHIN_S, [
      'delete',
      'namespace',
      namespace,
      faults,
      '--ignore-not-found',
      `--wait=${wait}`,
    ]);
  let driver: FleetDriver | undefined;
  let creating: Promise<void> | undefined;
  let leaving: Promise<void> | undefined;
  /** What is made in a namespace goes with it, so nothing else has to be waited for. */
  const create = async (name: string, level: 'restricted' | 'privileged'): Promise<void> => {
    if (leaving) return leaving;
    creating = createNamespace(kubectl, name, level);
    await creating;
  };
  // A fleet that outlives an interrupted run, or a node that stays cordoned, would be found by nobody.
  const leave = async (): Promise<void> => {
    await creating?.catch(() => undefined);
    await driver?.undo().catch(report);
    await removed(false).catch(report);
  };
  const interrupted = (): void => {
    leaving ??= leave().finally(() => process.exit(1));
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  const end = async (): Promise<void> => {
    await removed(true);
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
  const label = [`nestfleet.test/run`, namespace] as const;
  try {
    await create(namespace, 'restricted');
    await create(faults, 'privileged');
    const access = await NodeAccess.open(new Kubectl(cluster, faults), INJECTOR_IMAGE);
    const edits: ManifestEdits = {
      counts: { ...defaultCounts, ...counts },
      fsync,
      label,
      nodePort: port,
      tag: cluster.tag,
      variables: {
        DOMAIN: TEST_DOMAIN,
        DIAGNOSTIC_ROUTES: 'true',
        CORS_ORIGINS: `http://app.${TEST_DOMAIN}:${port}`,
        ...variables,
      },
      // Nothing stands before them that may say X-Forwarded-*: a client comes by the address of a node.
      gatewayVariables: balancer === 'gateway' ? { TRUSTED_PROXIES: '127.0.0.1,::1' } : {},
    };
    const rendered = await render(kubectl, overlay);
    const objects = editManifests(cluster.seed?.(rendered) ?? rendered, edits);
    await kubectl.run(['apply', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    });
    await rolledOut(kubectl, objects);
    const url = cluster.edgeUrl ?? (await edgeOf(kubectl, balancer, port));
    await untilItAnswers(url);
    driver = kubernetesDriver({
      kubectl,
      access,
      cluster,
      edgeRetries: balancer === 'gateway',
      label: label.join('='),
      dispose: end,
    });
    return { url, driver };
  } catch (error) {
    const pods = await kubectl.run(['get', 'pods', '--output=wide']).catch(String);
    const events = await kubectl.run(['get', 'events', '--field-selector=type=Warning']).catch(String);
    // The process ends with it: nothing is begun in place of this fleet.
    await leaving;
    await end().catch(report);
    throw new Error(`the fleet does not come up: ${messageOf(error)}\n${pods}${lastLines(events)}`, { cause: error });
  }
}

const report = (error: unknown): void => console.error(messageOf(error));

const LINES_MAX = 20;
const lastLines = (text: string): string => text.split('\n').slice(-LINES_MAX).join('\n');

/** An edge that somebody names is reached by that port, where nodes may have it. */
function nodePortOf({ edgeUrl }: Cluster): number {
  const named = edgeUrl === undefined ? Number.NaN : Number(new URL(edgeUrl).port);
  const { least, most } = NODE_PORTS;
  return named >= least && named <= most ? named : randomInt(least, most + 1);
}

async function createNamespace(kubectl: Kubectl, name: string, level: 'restricted' | 'privileged'): Promise<void> {
  await kubectl.run(['create', 'namespace', name]);
  await kubectl.run(['label', 'namespace', name, `pod-security.kubernetes.io/enforce=${level}`]);
}

/** The overlay as it is rendered into the namespace, with secrets that were made for this run alone. */
async function render(kubectl: Kubectl, overlay: string): Promise<KubernetesObject[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-kustomize-'));
  try {
    const copy = join(folder, 'kubernetes');
    cpSync(join(root, 'deploy/kubernetes'), copy, { recursive: true });
    const secrets = join(copy, 'overlays/dev/secrets');
    rmSync(secrets, { recursive: true, force: true });
    await output('sh', ['deploy/make-secrets.sh', 'passwords'], { SECRETS_DIR: secrets });
    const run = join(folder, 'run');
    mkdirSync(run);
    const resources = [`../kubernetes/overlays/${overlay}`];
    writeFileSync(join(run, 'kustomization.yaml'), JSON.stringify({ namespace: kubectl.namespace, resources }));
    const text = await kubectl.run(['kustomize', run]);
    return parseAllDocuments(text).map((each) => each.toJS() as KubernetesObject);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rolledOut(kubectl: Kubectl, objects: readonly KubernetesObject[]): Promise<void> {
  const workloads = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const wait = ({ kind, metadata: { name } }: KubernetesObject): Promise<string> =>
    kubectl.runFor(READY_WITHIN_S, ['rollout', 'status', `${kind.toLowerCase()}/${name}`]);
  await Promise.all(workloads.map(wait));
}

interface GatewayStatus {
  readonly spec: { readonly listeners: readonly { readonly port: number }[] };
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

/** A port of a node; behind a Gateway what its status says. */
async function edgeOf(kubectl: Kubectl, balancer: Balancer, port: number): Promise<string> {
  if (balancer === 'gateway') {
    const [node] = parseNodes(await kubectl.get('nodes'));
    if (node === undefined) throw new Error('no node is ready');
    return `http://${node.address}:${port}`;
  }
  const { items } = await kubectl.get<{ items: readonly GatewayStatus[] }>('gateways.gateway.networking.k8s.io');
  const [address] = items[0]?.status?.addresses ?? [];
  if (address === undefined) throw new Error('the Gateway has no address: name where it is reached in EDGE');
  return `http://${address.value}:${items[0]?.spec.listeners[0]?.port ?? 80}`;
}

async function untilItAnswers(url: string): Promise<void> {
  const answers = async (): Promise<boolean> => (await ask(`${url}/api/`, { timeoutMs: 2_000 })).status === 200;
  await until(
    `${url} answers; where nodes cannot be reached from here, EDGE names what can`,
    answers,
    ANSWERS_WITHIN_MS,
    500,
  );
}
