import { expect, it } from '@jest/globals';
import { messagesWith } from './sample-overlay.ts';

it.each([
  [
    'a privileged container',
    'allowPrivilegeEscalation: false',
    'privileged: true, allowPrivilegeEscalation: false',
    'api has the securityContext {',
  ],
  [
    'a capability',
    'capabilities: { drop: [ALL] }',
    'capabilities: { drop: [ALL], add: [NET_ADMIN] }',
    'api has the securityContext {',
  ],
  [
    'a container of root',
    'allowPrivilegeEscalation: false',
    'runAsNonRoot: false, runAsUser: 0, allowPrivilegeEscalation: false',
    'api has the securityContext {',
  ],
  ['a pod of root', 'runAsNonRoot: true', 'runAsNonRoot: true, runAsUser: 0', 'api has runAsUser 0'],
  [
    'the network of the node',
    'enableServiceLinks: false',
    'enableServiceLinks: false\n      hostNetwork: true',
    'api has hostNetwork',
  ],
  ['a port of the node', 'containerPort: 3000 }', 'containerPort: 3000, hostPort: 80 }', 'api has a hostPort for http'],
  [
    'a folder of the node',
    'volumes: [',
    'volumes: [{ name: root, hostPath: { path: / } }, ',
    'api has the hostPath root',
  ],
  [
    'a container before the others',
    'containers:\n',
    'initContainers: [{ name: init, image: example.com/init:v1 }]\n      containers:\n',
    'api has the securityContext not set',
  ],
  [
    'a privileged pod on each node',
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: api }',
    'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: agent }\nspec: { template: { spec: { containers: [{ name: agent, image: example.com/agent:v1, securityContext: { privileged: true } }] } } }\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: api }',
    'agent has the securityContext {',
  ],
  [
    'the latest image',
    'nestfleet/api:v1',
    'nestfleet/api:latest',
    'api has the image example.com/nestfleet/api:latest, whose',
  ],
  ['an image without a tag', 'nestfleet/api:v1', 'nestfleet/api', 'api has the image example.com/nestfleet/api, whose'],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);
