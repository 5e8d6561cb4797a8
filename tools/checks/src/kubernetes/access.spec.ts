import { expect, it } from '@jest/globals';
import { messagesWith } from './sample-overlay.ts';

it.each([
  [
    'a binding to another role',
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: frontend-gateway }',
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin }',
    'has the role bindings [',
  ],
  [
    'a binding of another account',
    'kind: ServiceAccount, name: frontend-gateway',
    'kind: ServiceAccount, name: default',
    'has the role bindings [',
  ],
  [
    'a binding of everybody',
    'subjects: [',
    "subjects: [{ kind: Group, name: 'system:serviceaccounts' }, ",
    'has the role bindings [',
  ],
  ['another resource', 'resources: [endpointslices]', 'resources: [endpointslices, secrets]', 'has the roles ['],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);
