import { CLOSE_MS, SPARE_MS } from '../deploy/grace.ts';
import type { TableRow } from '../deploy/services-table.ts';
import { differing } from './compare.ts';
import { type Container, isSelected, isWorkload, type KubernetesObject, named, type Workload } from './objects.ts';
import { balancerOf, catalogOf, DRAIN_DELAY_MS } from './overlays.ts';
import { probeFindings } from './probes.ts';

/** Where the gateway's token is mounted, and what it is below: a second volume there keeps the container from starting. */
const TOKEN_MOUNTED_BELOW = /^\/(var\/)?run(\/|$)/;
const GATEWAY = 'frontend-gateway';

/** workloadFindings says what is wrong with the pods of an overlay; each message names the service. */
export function workloadFindings(
  overlay: string,
  objects: readonly KubernetesObject[],
  rows: readonly TableRow[],
): string[] {
  const workloads = objects.filter(isWorkload);
  return [
    ...rows.flatMap((row) => {
      const workload = named(workloads, row.name);
      if (workload === undefined) return [`${row.name} is missing`];
      const messages = [
        ...graceOf(overlay, workload, row),
        ...portsOf(workload, row),
        ...probeFindings(containerOf(workload), DRAIN_DELAY_MS[balancerOf(overlay, row)]),
        ...rolloutOf(workload, objects),
        ...identityOf(overlay, workload),
      ];
      return messages.map((message) => `${row.name} ${message}`);
    }),
    ...workloads.flatMap((each) => hardeningOf(each).map((message) => `${each.metadata.name} ${message}`)),
  ];
}

const containerOf = ({ spec }: Workload): Container => spec.template.spec.containers[0] ?? { name: '' };

const variable = (workload: Workload, name: string): string | undefined =>
  containerOf(workload).env?.find((each) => each.name === name)?.value;

function graceOf(overlay: string, workload: Workload, row: TableRow): string[] {
  const { inFlightMs, finishMs } = row.shutdown;
  const balancer = balancerOf(overlay, row);
  const needMs = DRAIN_DELAY_MS[balancer] + inFlightMs + finishMs + CLOSE_MS + SPARE_MS;
  return [
    ...differing('BALANCER', variable(workload, 'BALANCER'), balancer),
    ...differing('STOP_GRACE_MS', variable(workload, 'STOP_GRACE_MS'), `${needMs}`),
    ...differing(
      'terminationGracePeriodSeconds',
      workload.spec.template.spec.terminationGracePeriodSeconds,
      needMs / 1_000,
    ),
    ...(workload.spec.template.spec.containers.some(({ lifecycle }) => lifecycle?.preStop !== undefined)
      ? ['has a preStop, which comes off its grace period: the app serves on after SIGTERM by itself']
      : []),
  ];
}

const listed = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .map(([port, number]) => `${port} ${number}`)
    .toSorted()
    .join(', ');

function portsOf(workload: Workload, { name, ports }: TableRow): string[] {
  const expected = {
    http: ports.http,
    ...(ports.rpc === undefined ? {} : { rpc: ports.rpc }),
    control: Number(variable(workload, 'CONTROL_PORT')),
    metrics: Number(variable(workload, 'METRICS_PORT')),
  };
  const container = containerOf(workload);
  const has = Object.fromEntries((container.ports ?? []).map((port) => [port.name ?? '', port.containerPort]));
  return [
    ...differing('the ports', listed(has), listed(expected)),
    ...differing('PORT', variable(workload, 'PORT'), `${ports.http}`),
    ...differing('RPC_PORT', variable(workload, 'RPC_PORT'), ports.rpc?.toString()),
    ...((container.image ?? '').includes(`nestfleet/${name}:`) ? [] : [`has the image ${container.image ?? 'none'}`]),
  ];
}

interface Budget extends KubernetesObject {
  readonly spec: { readonly unhealthyPodEvictionPolicy?: string; readonly selector: Workload['spec']['selector'] };
}

function rolloutOf({ metadata: { name }, spec }: Workload, objects: readonly KubernetesObject[]): string[] {
  const labels = spec.template.metadata?.labels;
  const budgets = objects.filter((each): each is Budget => each.kind === 'PodDisruptionBudget');
  const budget = named(budgets, name);
  return [
    ...differing('maxUnavailable', spec.strategy?.rollingUpdate?.maxUnavailable, 0),
    ...((spec.minReadySeconds ?? 0) > 0 ? [] : ['has no minReadySeconds']),
    ...(isSelected(spec.selector.matchLabels, labels) ? [] : ['has a selector that does not select its pods']),
    ...(name === GATEWAY && (spec.replicas ?? 2) < 2 ? ['has one replica: nobody answers while it is away'] : []),
    ...((spec.template.spec.topologySpreadConstraints ?? []).length > 0 ? [] : ['has no topologySpreadConstraints']),
    ...(isSelected(budget?.spec.selector.matchLabels, labels) ? [] : ['has no PodDisruptionBudget']),
    ...differing('unhealthyPodEvictionPolicy', budget?.spec.unhealthyPodEvictionPolicy, 'AlwaysAllow'),
  ];
}

function identityOf(overlay: string, workload: Workload): string[] {
  const { automountServiceAccountToken, serviceAccountName } = workload.spec.template.spec;
  const isAsking = workload.metadata.name === GATEWAY && catalogOf(overlay) === 'kubernetes';
  const discovery = catalogOf(overlay) === 'consul' ? 'consul' : isAsking ? 'kubernetes' : 'fixed';
  return [
    ...differing('DISCOVERY', variable(workload, 'DISCOVERY'), discovery),
    ...differing('automountServiceAccountToken', automountServiceAccountToken, isAsking),
    ...(isAsking ? differing('serviceAccountName', serviceAccountName, GATEWAY) : []),
  ];
}

/** Of all pods, those of Redis and Consul too. */
function hardeningOf({ spec }: Workload): string[] {
  const pod = spec.template.spec;
  return [
    ...differing('enableServiceLinks', pod.enableServiceLinks, false),
    ...(pod.automountServiceAccountToken === undefined ? ['does not say whether it mounts a token'] : []),
    ...differing('runAsNonRoot', pod.securityContext?.runAsNonRoot, true),
    ...differing('the seccomp profile', pod.securityContext?.seccompProfile?.type, 'RuntimeDefault'),
    ...pod.containers.flatMap(({ securityContext, resources, volumeMounts = [] }) => [
      ...differing('readOnlyRootFilesystem', securityContext?.readOnlyRootFilesystem, true),
      ...differing('allowPrivilegeEscalation', securityContext?.allowPrivilegeEscalation, false),
      ...(securityContext?.capabilities?.drop?.includes('ALL') ? [] : ['does not drop ALL capabilities']),
      ...(resources?.requests?.['cpu'] === undefined ? ['requests no CPU'] : []),
      ...(resources?.limits?.['memory'] === undefined ? ['has no limit of memory'] : []),
      ...volumeMounts
        .filter(({ mountPath }) => TOKEN_MOUNTED_BELOW.test(mountPath))
        .map(({ mountPath }) => `mounts ${mountPath}, where the service account's token may be`),
    ]),
  ];
}
