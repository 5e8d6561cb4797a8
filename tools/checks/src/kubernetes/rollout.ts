import { differing, differingJson } from './compare.ts';
import { isSelected, type KubernetesObject, type Workload } from './objects.ts';

interface Budget extends KubernetesObject {
  readonly spec: {
    readonly maxUnavailable?: number | string;
    readonly minAvailable?: number | string;
    readonly unhealthyPodEvictionPolicy?: string;
    readonly selector: Workload['spec']['selector'];
  };
}

const STRATEGY = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
const SPREAD_OVER = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];

/** rolloutFindings: a roll and the drain of a node take one replica at a time, and the others are elsewhere. */
export function rolloutFindings({ spec }: Workload, objects: readonly KubernetesObject[]): string[] {
  const labels = spec.template.metadata?.labels;
  const budgets = objects.filter((each): each is Budget => each.kind === 'PodDisruptionBudget');
  const own = budgets.filter((budget) => isSelected(budget.spec.selector.matchLabels, labels));
  return [
    ...differingJson('the strategy', spec.strategy, STRATEGY),
    ...((spec.minReadySeconds ?? 0) > 0 ? [] : ['has no minReadySeconds']),
    ...(isSelected(spec.selector.matchLabels, labels) ? [] : ['has a selector that does not select its pods']),
    ...((spec.replicas ?? 2) < 2 ? ['has one replica: nobody answers while it is away'] : []),
    // Without the hash the pods of the last version count too, and both new ones may land on one node.
    ...differingJson(
      'topologySpreadConstraints',
      spec.template.spec.topologySpreadConstraints,
      SPREAD_OVER.map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: spec.selector.matchLabels },
        matchLabelKeys: ['pod-template-hash'],
      })),
    ),
    // Of two no pod can be evicted at all.
    ...(own.length === 1 ? [] : [`has ${own.length} PodDisruptionBudgets, expected one`]),
    ...own.flatMap((budget) => [
      ...differing('the maxUnavailable of its budget', budget.spec.maxUnavailable, 1),
      ...differing('minAvailable', budget.spec.minAvailable, undefined),
      ...differing('unhealthyPodEvictionPolicy', budget.spec.unhealthyPodEvictionPolicy, 'AlwaysAllow'),
    ]),
  ];
}
