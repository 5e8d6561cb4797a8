import { describe, expect, it } from '@jest/globals';
import { type ManifestEdits, editManifests } from './kubernetes-manifests.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

const edits: ManifestEdits = {
  counts: { api: 3, 'frontend-gateway': 2, worker: 1 },
  variables: { DOMAIN: 'fleet.test' },
  gatewayVariables: { TRUSTED_PROXIES: '127.0.0.1' },
  fsync: 'always',
  nodePort: 30_080,
  label: ['nestfleet.test/run', 'ns'],
};
const deployment = (name: string, container: object): KubernetesObject =>
  ({
    kind: 'Deployment',
    metadata: { name },
    spec: { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } } },
  }) as KubernetesObject;
const service = (name: string): KubernetesObject =>
  ({
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ name: 'http' }, { name: 'control' }] },
  }) as KubernetesObject;
const edited = (object: KubernetesObject, more: Partial<ManifestEdits> = {}) =>
  editManifests([object], { ...edits, ...more })[0];

describe('an overlay for one run', () => {
  it('has the replicas, variables and label of the run in our apps', () => {
    const env = [
      { name: 'DOMAIN', value: 'localhost' },
      { name: 'INSTANCE_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ];
    expect(edited(deployment('api', { name: 'api', image: 'nestfleet/api:dev', env }))).toMatchObject({
      spec: {
        replicas: 3,
        template: {
          metadata: { labels: { a: 'b', 'nestfleet.test/run': 'ns' } },
          spec: {
            containers: [{ image: 'nestfleet/api:dev', env: [env[1], { name: 'DOMAIN', value: 'fleet.test' }] }],
          },
        },
      },
    });
  });

  it.each([
    ['frontend-gateway', ['DOMAIN', 'TRUSTED_PROXIES']],
    ['api', ['DOMAIN']],
  ])('gives %s the variables of the gateways where it is one', (name, names) => {
    const env = names.map((each) => expect.objectContaining({ name: each }) as unknown);
    expect(edited(deployment(name, { name: 'app', image: 'x' }))).toMatchObject({
      spec: { template: { spec: { containers: [{ env }] } } },
    });
  });

  it.each([
    ['nestfleet/api:dev', 'nestfleet/api:7'],
    ['registry.example:5000/api', 'registry.example:5000/api:7'],
  ])('has other images where a tag is named: %s', (image, tagged) => {
    const found = edited(deployment('api', { name: 'api', image }), { tag: '7' });
    expect(found).toMatchObject({ spec: { template: { spec: { containers: [{ image: tagged }] } } } });
  });

  it('keeps what Redis acknowledges as safe as the scenario needs it, and is nobody who may be evicted', () => {
    const redis = {
      ...deployment('redis', { args: ['--appendfsync', 'everysec', '--save', ''] }),
      kind: 'StatefulSet',
    };
    const found = edited(redis);
    expect(found).toMatchObject({
      spec: {
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ args: ['--appendfsync', 'always', '--save', ''] }] },
        },
      },
    });
    expect(JSON.stringify(found)).not.toContain('nestfleet.test/run');
  });

  it('opens the edge on every node, and nothing else: not its port for messages either', () => {
    const gateways = service('frontend-gateway');
    expect(editManifests([gateways, service('api')], edits)).toEqual([
      gateways,
      {
        kind: 'Service',
        metadata: { name: 'frontend-gateway-nodes' },
        spec: { type: 'NodePort', ports: [{ name: 'http', nodePort: 30_080 }] },
      },
      service('api'),
    ]);
  });

  it.each(['Namespace', 'GatewayClass', 'ClusterRoleBinding', 'HorizontalPodAutoscaler', 'ServiceMonitor'])(
    'leaves out each %s: it is of the whole cluster, or does what the run does itself',
    (kind) => expect(editManifests([{ kind, metadata: { name: 'x' } }], edits)).toEqual([]),
  );
});
