import type { SuiteBug } from './suite-bug.ts';

const SHUTDOWN = 'libs/service/src/shutdown';
const KUBERNETES = 'tools/checks/src/kubernetes';
const OVERLAY = `${KUBERNETES}/check-overlay.spec.ts`;
const MODELS = `${KUBERNETES}/models.spec.ts`;

/** What a shutdown on a cluster takes, and what the check of its manifests finds. */
export const overlayBugs: readonly SuiteBug[] = [
  {
    name: 'gateway-api-early',
    description: 'the drain delay behind a Gateway ends on evidence that says nothing of its controller',
    patches: [
      {
        file: `${SHUTDOWN}/drain-delay.ts`,
        find: "'kubernetes-gateway': () => false",
        replace: "'kubernetes-gateway': watched",
      },
    ],
    detectedBy: { spec: `${SHUTDOWN}/drain-delay.spec.ts`, test: 'nor a Gateway' },
  },
  {
    name: 'cloud-delay-short',
    description: 'the drain delay behind the load balancer of a cloud is that of a Gateway',
    patches: [
      {
        file: `${SHUTDOWN}/timeouts.ts`,
        find: "'kubernetes-load-balancer': 30_000",
        replace: "'kubernetes-load-balancer': 10_000",
      },
    ],
    detectedBy: { spec: `${SHUTDOWN}/timeouts.spec.ts`, test: 'kubernetes-load-balancer' },
  },
  {
    name: 'pre-stop-unseen',
    description: 'a preStop in a manifest, which comes off the grace period, is not found',
    patches: [
      { file: `${KUBERNETES}/workloads.ts`, find: 'lifecycle?.preStop !== undefined', replace: 'lifecycle === null' },
    ],
    detectedBy: { spec: OVERLAY, test: 'finds a preStop' },
  },
  {
    name: 'early-unready-unseen',
    description: 'readiness that takes a node away from a load balancer within the drain delay is not found',
    patches: [
      {
        file: `${KUBERNETES}/probes.ts`,
        find: 'Math.floor(drainDelayMs / (READINESS_PERIOD_S * 1_000)) + 1',
        replace: 'drainDelayMs * 0',
      },
    ],
    detectedBy: { spec: OVERLAY, test: 'finds readiness that fails within the drain delay' },
  },
  {
    name: 'cluster-role-unseen',
    description: 'a role that holds for the whole cluster is not found',
    patches: [
      { file: `${KUBERNETES}/access.ts`, find: "kind === 'ClusterRole' ||", replace: "kind === 'ClusterRoles' ||" },
    ],
    detectedBy: { spec: OVERLAY, test: 'finds a role of the cluster' },
  },
  {
    name: 'route-unseen',
    description: 'an HTTPRoute that does not take the prefix off is not found',
    patches: [
      {
        file: `${KUBERNETES}/routes.ts`,
        find: "prefix === '/' ? {} : { filters: [rewrite] }",
        replace: 'true ? {} : { filters: [rewrite] }',
      },
    ],
    detectedBy: { spec: OVERLAY, test: 'finds nothing where all is as it has to be' },
  },
  {
    name: 'unknown-field-unseen',
    description: 'a field that no model has is not found in a manifest: its objects are asserted to be of their type',
    patches: [
      {
        file: `${KUBERNETES}/models.ts`,
        find: 'export const object: ${type} = ${JSON.stringify(object)};',
        replace: 'export const object = ${JSON.stringify(object)} as ${type};',
      },
    ],
    detectedBy: { spec: MODELS, test: 'finds a misspelt field: lifecycle:' },
  },
  {
    name: 'unknown-kind-unseen',
    description: 'an object of a kind without a model is not checked, and nothing says so',
    patches: [
      {
        file: `${KUBERNETES}/models.ts`,
        find: '    else findings.push(',
        replace: '    else findings.slice(0, 0).push(',
      },
    ],
    detectedBy: { spec: MODELS, test: 'never lets a kind without a model pass' },
  },
  {
    name: 'binding-unseen',
    description: 'a role binding that gives the gateway another role is not found',
    patches: [
      {
        file: `${KUBERNETES}/access.ts`,
        find: '({ roleRef, subjects }) => ({ roleRef, subjects })',
        replace: '() => GRANT',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/access.spec.ts`, test: 'finds a binding to another role' },
  },
  {
    name: 'extra-route-unseen',
    description: 'an HTTPRoute that the table does not have is not found',
    patches: [
      {
        file: `${KUBERNETES}/routes.ts`,
        find: 'namesOf(routes.map(({ metadata }) => metadata))',
        replace: 'namesOf(rows)',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/routes.spec.ts`, test: 'finds a route to another port' },
  },
  {
    name: 'privileged-unseen',
    description: 'a privileged container is not found',
    patches: [
      { file: `${KUBERNETES}/hardening.ts`, find: 'securityContext, CONTAINER)', replace: 'CONTAINER, CONTAINER)' },
    ],
    detectedBy: { spec: `${KUBERNETES}/hardening.spec.ts`, test: 'finds a privileged container' },
  },
  {
    name: 'blocking-budget-unseen',
    description: 'a budget that allows no eviction is not found',
    patches: [{ file: `${KUBERNETES}/rollout.ts`, find: 'budget.spec.maxUnavailable, 1', replace: '1, 1' }],
    detectedBy: { spec: `${KUBERNETES}/rollout.spec.ts`, test: 'finds a budget that allows no eviction' },
  },
  {
    name: 'missing-key-unseen',
    description: 'a key of a Secret that the pod mounts and nobody makes is not found',
    patches: [{ file: `${KUBERNETES}/secrets.ts`, find: '!keys.includes(key)', replace: "key === ''" }],
    detectedBy: { spec: `${KUBERNETES}/secrets.spec.ts`, test: 'finds a key that no Secret has' },
  },
  {
    name: 'shared-grace-unseen',
    description: 'a setting of all pods that changes their grace period is not found',
    patches: [
      {
        file: `${KUBERNETES}/settings.ts`,
        find: 'isPartOfSum(name) || OF_A_CONTAINER.has(name)',
        replace: 'OF_A_CONTAINER.has(name)',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/settings.spec.ts`, test: 'finds a part of the grace period for all' },
  },
  {
    name: 'open-port-unseen',
    description: 'a port that the NetworkPolicies leave open to everybody is not found',
    patches: [{ file: `${KUBERNETES}/policies.ts`, find: 'return [ANYBODY];', replace: 'return [];' }],
    detectedBy: { spec: `${KUBERNETES}/policies.spec.ts`, test: 'finds nothing where each port is open' },
  },
  {
    name: 'two-scalers-unseen',
    description: 'a number of replicas beside a scaler, which every apply would set back, is not found',
    patches: [{ file: `${KUBERNETES}/scaling.ts`, find: 'setters === 1', replace: 'setters > 0' }],
    detectedBy: { spec: `${KUBERNETES}/scaling.spec.ts`, test: 'finds replicas beside a scaler' },
  },
  {
    name: 'sum-of-means-unseen',
    description: 'a query of a scaler that counts pods which have ended is not found',
    patches: [
      { file: `${KUBERNETES}/scaling.ts`, find: '_over_time/.test(query)', replace: '_over_times/.test(query)' },
    ],
    detectedBy: { spec: `${KUBERNETES}/scaling.spec.ts`, test: 'finds a sum of means' },
  },
];
