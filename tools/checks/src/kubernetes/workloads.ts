import { CLOSE_MS, SPARE_MS } from '../deploy/grace.ts';
import type { TableRow } from '../deploy/services-table.ts';
import { differing } from './compare.ts';
import { type Container, isWorkload, type KubernetesObject, named, type Workload } from './objects.ts';
import { balancerOf, catalogOf, DRAIN_DELAY_MS } from './overlays.ts';
import { probeFindings } from './probes.ts';
import { rolloutFindings } from './rollout.ts';

const GATEWAY = 'frontend-gateway';

/** workloadFindings says what is wrong with the pods of an overlay; each message names the service. */
export function workloadFindings(
  overlay: string,
  objects: readonly KubernetesObject[],
  rows: readonly TableRow[],
): string[] {
  const workloads = objects.filter(isWorkload);
  return rows.flatMap((row) => {
    const workload = named(workloads, row.name);
    if (workload === undefined) return [`${row.name} is missing`];
    const messages = [
      ...graceOf(overlay, workload, row),
      ...portsOf(workload, row),
      ...probeFindings(containerOf(workload), DRAIN_DELAY_MS[balancerOf(overlay, row)]),
      ...rolloutFindings(workload, objects),
      ...identityOf(overlay, workload),
    ];
    return messages.map((message) => `${row.name} ${message}`);
  });
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
    ...differing('NODE_ENV', variable(workload, 'NODE_ENV'), 'production'),
    ...differing('PORT', variable(workload, 'PORT'), `${ports.http}`),
    ...differing('RPC_PORT', variable(workload, 'RPC_PORT'), ports.rpc?.toString()),
    ...((container.image ?? '').includes(`nestfleet/${name}:`) ? [] : [`has the image ${container.image ?? 'none'}`]),
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
