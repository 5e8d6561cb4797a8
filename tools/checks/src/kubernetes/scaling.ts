import type { TableRow } from '../deploy/services-table.ts';
import { differing, differingJson } from './compare.ts';
import { isWorkload, type KubernetesObject, named, type Selector, selects } from './objects.ts';

interface Behavior {
  readonly scaleDown?: { readonly stabilizationWindowSeconds?: number };
}

interface Scaler extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicas?: number;
    readonly minReplicaCount?: number;
    readonly behavior?: Behavior;
    readonly advanced?: { readonly horizontalPodAutoscalerConfig?: { readonly behavior?: Behavior } };
    readonly triggers?: readonly {
      readonly type: string;
      readonly metadata?: { readonly query?: string; readonly ignoreNullValues?: string };
    }[];
  };
}

interface Monitor extends KubernetesObject {
  readonly spec: {
    readonly selector: Selector;
    readonly podMetricsEndpoints?: readonly { readonly port?: string; readonly path?: string }[];
  };
}

/** A load that comes in waves finds the replicas of the last one. */
const SCALE_DOWN_AFTER_S = 300;
/** Every api replica exports it, and all say the same. */
const SAME_OF_ALL = 'nestfleet_jobs_desired_workers';

/** scalingFindings: a Deployment has a number of replicas or one scaler, which keeps them where Prometheus knows nothing. */
export function scalingFindings(objects: readonly KubernetesObject[], rows: readonly TableRow[]): string[] {
  const scalers = objects.filter(
    (each): each is Scaler => each.kind === 'ScaledObject' || each.kind === 'HorizontalPodAutoscaler',
  );
  const workloads = objects.filter(isWorkload);
  const isMeasured = scalers.some(({ spec }) => spec.triggers?.some(({ type }) => type === 'prometheus'));
  return [
    ...workloads.flatMap(({ metadata: { name }, spec }) => {
      const own = scalers.filter((scaler) => scaler.spec.scaleTargetRef.name === name);
      const setters = own.length + (spec.replicas === undefined ? 0 : 1);
      return setters === 1 ? [] : [`${name} has ${setters} that set its number of replicas, expected one`];
    }),
    ...scalers.flatMap((scaler) =>
      scalerFindings(scaler, rows).map((each) => `the ${scaler.kind} ${scaler.metadata.name} ${each}`),
    ),
    ...(isMeasured ? monitorFindings(objects, rows) : []),
  ];
}

function scalerFindings({ spec }: Scaler, rows: readonly TableRow[]): string[] {
  const { scaleDown } = spec.behavior ?? spec.advanced?.horizontalPodAutoscalerConfig?.behavior ?? {};
  const row = rows.find(({ name }) => name === spec.scaleTargetRef.name);
  const least = spec.minReplicas ?? spec.minReplicaCount ?? 0;
  return [
    ...differing('the stabilization window of scaling down', scaleDown?.stabilizationWindowSeconds, SCALE_DOWN_AFTER_S),
    ...(row?.ingress !== undefined && least < 2
      ? [`has a least number of ${least}: nobody answers while it is away`]
      : []),
    ...(spec.triggers ?? [])
      .filter(({ type }) => type === 'prometheus')
      .flatMap(({ metadata: { query = '', ignoreNullValues } = {} }) => [
        ...differing('ignoreNullValues', ignoreNullValues, 'false'),
        ...(query.includes(SAME_OF_ALL) && !query.startsWith('max(')
          ? [`asks for ${query}: every api replica exports it, so the greatest is right`]
          : []),
        // Each series has its mean for as long after its pod has ended.
        ...(/sum\w*\s*\(\s*\w+_over_time/.test(query) ? [`asks for ${query}, which counts pods that have ended`] : []),
      ]),
  ];
}

function monitorFindings(objects: readonly KubernetesObject[], rows: readonly TableRow[]): string[] {
  const monitors = objects.filter((each): each is Monitor => each.kind === 'PodMonitor');
  const workloads = objects.filter(isWorkload);
  return rows.flatMap(({ name }) => {
    const labels = named(workloads, name)?.spec.template.metadata?.labels ?? {};
    const own = monitors.filter(({ spec }) => selects(spec.selector, labels));
    return [
      ...(own.length === 1 ? [] : [`${name} has ${own.length} PodMonitors, expected one`]),
      ...own.flatMap(({ spec }) =>
        differingJson(
          `${name} endpoints`,
          spec.podMetricsEndpoints?.map(({ port, path }) => ({ port, path })),
          [{ port: 'metrics', path: '/metrics' }],
        ),
      ),
    ];
  });
}
