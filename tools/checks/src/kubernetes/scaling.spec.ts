import { expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { readFileSync } from 'node:fs';
import { parseObjects } from './objects.ts';
import { scalingFindings } from './scaling.ts';

const components = `${import.meta.dirname}/../../../../deploy/kubernetes/components`;
const rows = [
  { ...services.api, name: 'api' },
  { ...services.worker, name: 'worker' },
];
const pods = rows.map(
  ({ name }) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: nestfleet } }
    spec: { containers: [] }
`,
);
const files = ['autoscaling/api', 'autoscaling/worker', 'monitoring/pod-monitor'];
const sample = [...pods, ...files.map((file) => readFileSync(`${components}/${file}.yaml`, 'utf8'))].join('---\n');

it('finds nothing where each has one scaler', () => expect(scalingFindings(parseObjects(sample), rows)).toEqual([]));

it.each([
  [
    'replicas beside a scaler',
    'spec:\n  template',
    'spec:\n  replicas: 3\n  template',
    'api has 2 that set its number',
  ],
  [
    'no scaler and no replicas',
    'scaleTargetRef: { name: api }',
    'scaleTargetRef: { name: apis }',
    'api has 0 that set its',
  ],
  [
    'replicas that go at once',
    'stabilizationWindowSeconds: 300',
    'stabilizationWindowSeconds: 0',
    'the ScaledObject api has the stabilization window of scaling down 0, expected 300',
  ],
  [
    'a service with one replica',
    'minReplicaCount: 3',
    'minReplicaCount: 1',
    'the ScaledObject api has a least number of 1',
  ],
  [
    'a sum of what all say',
    'max(nestfleet_jobs_desired_workers)',
    'sum(nestfleet_jobs_desired_workers)',
    'the ScaledObject worker asks for sum(nestfleet_jobs_desired_workers)',
  ],
  [
    'a sum of means',
    'avg_over_time(sum(nestfleet_http_server_limited_requests{service="api"})[1m:15s])',
    'sum(avg_over_time(nestfleet_http_server_limited_requests{service="api"}[1m]))',
    'which counts pods that have ended',
  ],
  ['no figure taken for 0', "ignoreNullValues: 'false'", "ignoreNullValues: 'true'", 'api has ignoreNullValues true'],
  ['no PodMonitor', 'kind: PodMonitor', 'kind: ServiceMonitor', 'worker has 0 PodMonitors, expected one'],
  ['a monitor of another port', '- port: metrics', '- port: http', 'has worker endpoints ['],
  ['a monitor without workers', 'frontend-gateway, worker] }', 'frontend-gateway] }', 'worker has 0 PodMonitors'],
])('finds %s', (_what, from, to, message) => {
  expect(sample).toContain(from);
  expect(scalingFindings(parseObjects(sample.replace(from, to)), rows)).toContainEqual(
    expect.stringContaining(message),
  );
});
