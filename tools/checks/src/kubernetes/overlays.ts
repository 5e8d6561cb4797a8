import type { TableRow } from '../deploy/services-table.ts';

export const KUBERNETES = 'deploy/kubernetes';

/** The parts of `shutdownTimeouts` (libs/service) that are Kubernetes', as those of `grace.ts`; a spec holds them to it. */
export const DRAIN_DELAY_MS = {
  none: 0,
  kubernetes: 5_000,
  'kubernetes-gateway': 10_000,
  'kubernetes-load-balancer': 30_000,
} as const;
export type KubernetesBalancer = keyof typeof DRAIN_DELAY_MS;

/** What stands before the services of an overlay that is not reached inside the cluster alone. */
const BEFORE: Readonly<Record<string, Readonly<Record<string, KubernetesBalancer>>>> = {
  'gateway-traefik': { api: 'kubernetes-gateway', 'frontend-gateway': 'kubernetes-gateway' },
  'production-gateway': { api: 'kubernetes-gateway', 'frontend-gateway': 'kubernetes-gateway' },
  'load-balancer': { 'frontend-gateway': 'kubernetes-load-balancer' },
};

export const balancerOf = (overlay: string, { name, ingress }: TableRow): KubernetesBalancer =>
  BEFORE[overlay]?.[name] ?? (ingress === undefined ? 'none' : 'kubernetes');

/** catalogOf is where the gateway of an overlay finds the others. */
export const catalogOf = (overlay: string): 'consul' | 'kubernetes' => (overlay === 'consul' ? 'consul' : 'kubernetes');

const OF_DEVELOPMENT = new Set(['dev', 'consul', 'gateway-traefik']);

/** isForDevelopment: all other overlays have NetworkPolicies, and settings of their own. */
export const isForDevelopment = (overlay: string): boolean => OF_DEVELOPMENT.has(overlay);

/** overlaysOf are the names of the folders that have a kustomization. */
export const overlaysOf = (files: readonly string[]): string[] =>
  files.flatMap((file) => /^deploy\/kubernetes\/overlays\/([^/]+)\/kustomization\.yaml$/.exec(file)?.[1] ?? []);
