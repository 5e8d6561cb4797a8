import { expect, it } from '@jest/globals';
import { messagesWith } from './sample-overlay.ts';

it.each([
  ['a roll that ends all at once', 'type: RollingUpdate', 'type: Recreate', 'api has the strategy {'],
  ['a roll that cannot begin', 'maxSurge: 1', 'maxSurge: 0', 'api has the strategy {'],
  ['a service with one replica', 'replicas: 2', 'replicas: 1', 'api has one replica'],
  [
    'a development environment',
    'value: production',
    'value: development',
    'api has NODE_ENV development, expected production',
  ],
  [
    'replicas that are spread by a label that none has',
    'labelSelector: { matchLabels: { app: api }',
    'labelSelector: { matchLabels: { app: apis }',
    'api has topologySpreadConstraints [',
  ],
  [
    'replicas that are spread with those of the last version',
    'matchLabelKeys: [pod-template-hash]',
    'matchLabelKeys: []',
    'api has topologySpreadConstraints [',
  ],
  [
    'a budget that allows no eviction',
    'maxUnavailable: 1,',
    'maxUnavailable: 0,',
    'api has the maxUnavailable of its budget 0',
  ],
  [
    'a budget that allows all evictions',
    'maxUnavailable: 1,',
    'maxUnavailable: 100%,',
    'api has the maxUnavailable of its budget 100%',
  ],
  [
    'two budgets of one pod',
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: api }\n',
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: second }\nspec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: { matchLabels: { part-of: nestfleet } } }\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: api }\n',
    'api has 2 PodDisruptionBudgets, expected one',
  ],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);
