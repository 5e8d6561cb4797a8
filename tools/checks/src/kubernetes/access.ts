import { differingJson } from './compare.ts';
import type { KubernetesObject } from './objects.ts';
import { catalogOf } from './overlays.ts';

interface Role extends KubernetesObject {
  readonly rules?: unknown;
}

interface RoleBinding extends KubernetesObject {
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
}

/** What the gateway may ask, and nobody else may ask anything. */
const RULES = [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] }];
const GRANT = {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'frontend-gateway' },
  subjects: [{ kind: 'ServiceAccount', name: 'frontend-gateway' }],
};

/** accessFindings: the gateway alone may ask the API server, and for endpoint slices of its namespace alone. */
export function accessFindings(overlay: string, objects: readonly KubernetesObject[]): string[] {
  const cluster = objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'ClusterRoleBinding');
  const roles = objects.filter((each): each is Role => each.kind === 'Role');
  const bindings = objects.filter((each): each is RoleBinding => each.kind === 'RoleBinding');
  const isAsking = catalogOf(overlay) === 'kubernetes';
  return [
    ...cluster.map(({ kind, metadata }) => `the ${kind} ${metadata.name} is of the whole cluster`),
    ...differingJson(
      'the roles',
      roles.map(({ metadata: { name }, rules }) => ({ name, rules })),
      isAsking ? [{ name: GRANT.roleRef.name, rules: RULES }] : [],
    ),
    ...differingJson(
      'the role bindings',
      bindings.map(({ roleRef, subjects }) => ({ roleRef, subjects })),
      isAsking ? [GRANT] : [],
    ),
  ];
}
