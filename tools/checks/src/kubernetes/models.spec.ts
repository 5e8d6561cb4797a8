import { describe, expect, it } from '@jest/globals';
import { openModels } from './models.ts';
import { type KubernetesObject, parseObjects } from './objects.ts';

const rendered = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, labels: { app.kubernetes.io/name: api } }
spec:
  replicas: 2
  selector: { matchLabels: { app: api } }
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 25% } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: app
          image: example.com/nestfleet/api:v1
          lifecycle: {}
          readinessProbe: { httpGet: { path: /readyz, port: http }, periodSeconds: 5 }
          ports: [{ name: http, containerPort: 3000 }]
          resources: { requests: { cpu: 100m }, limits: { memory: 256Mi } }
      volumes: [{ name: tmp, emptyDir: { medium: Memory } }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: redis }
spec:
  serviceName: redis
  selector: { matchLabels: { app: redis } }
  template: { metadata: { labels: { app: redis } }, spec: { containers: [{ name: redis }] } }
---
apiVersion: v1
kind: Namespace
metadata: { name: nestfleet }
---
apiVersion: v1
kind: Service
metadata: { name: api }
spec: { selector: { app: api }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { DOMAIN: example.com }
---
apiVersion: v1
kind: Secret
metadata: { name: secrets }
type: Opaque
data: { redis_url: '' }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: api }
automountServiceAccountToken: false
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api }
spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: { matchLabels: { app: api } } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: gateway }
rules: [{ apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: gateway }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: gateway }
subjects: [{ kind: ServiceAccount, name: gateway }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: gateway } } }], ports: [{ port: rpc, protocol: TCP }] }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api }
spec:
  maxReplicas: 10
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: nestfleet }
spec: { gatewayClassName: traefik, listeners: [{ name: web, port: 8000, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec:
  rules:
    - matches: [{ path: { type: PathPrefix, value: /api } }]
      backendRefs: [{ name: api, port: 8080 }]
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: worker }
spec:
  pollingInterval: 10
  scaleTargetRef: { name: worker }
  advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } } }
  triggers: [{ type: prometheus, metricType: AverageValue, metadata: { threshold: '1' } }]
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: api }
spec: { selector: { matchLabels: { app: api } }, podMetricsEndpoints: [{ port: metrics, interval: 15s }] }
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: alerts }
spec: { groups: [{ name: fleet, rules: [{ alert: Down, expr: up == 0, for: 1m, labels: { severity: page } }] }] }
`;

const models = openModels();

/** Whose keys are free: each is a name that somebody chose, or that of a resource. */
const MAP = /(^data|[lL]abels|Service spec\.selector|requests|limits|triggers\.0\.metadata)$/;

type Json = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** misspelt gives a value once for each field below it that is of a model, with a letter more, and says which. */
function misspelt(value: unknown, kind: string, path = ''): [field: string, changed: unknown][] {
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const field = path === '' ? key : `${path}.${key}`;
    const { [key]: _, ...others } = value;
    const isOfModel = !Array.isArray(value) && !MAP.test(path) && !MAP.test(`${kind} ${path}`);
    const put = (changed: unknown): unknown =>
      Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
    return [
      ...(isOfModel ? [[field, { ...others, [`${key}X`]: below }] as [string, unknown]] : []),
      ...misspelt(below, kind, field).map(([deep, changed]): [string, unknown] => [deep, put(changed)]),
    ];
  });
}

describe('openModels', () => {
  it('finds nothing in objects of every kind that is rendered', async () =>
    expect(await models(parseObjects(rendered))).toEqual([]));

  it('finds each field of each kind with a letter more, at any depth', async () => {
    const heads = ['apiVersion', 'kind', 'metadata', 'metadata.name'];
    const cases = parseObjects(rendered).flatMap((object) =>
      misspelt(object, object.kind)
        .filter(([field]) => !heads.includes(field))
        .map(([field, changed]) => ({ what: `${object.kind} ${field}`, changed: changed as KubernetesObject })),
    );
    const named = cases.map(({ changed }, at) => ({
      ...changed,
      metadata: { ...changed.metadata, name: `case-${at}` },
    }));
    const said = await models(named);
    const unseen = cases.filter((_, at) => !said.some((finding) => new RegExp(` case-${at}\\b`).test(finding)));
    expect(cases.length).toBeGreaterThan(100);
    expect(unseen.map(({ what }) => what)).toEqual([]);
  });

  it.each([
    ['lifecycle:', 'lifecyle:', 'the Deployment api has the unknown field spec.template.spec.containers[0].lifecyle'],
    [
      'readinessProbe:',
      'readinesProbe:',
      'the Deployment api has the unknown field spec.template.spec.containers[0].readinesProbe',
    ],
    ['path: /readyz', 'paht: /readyz', 'containers[0].readinessProbe.httpGet.paht'],
    ['replicas: 2', 'replica: 2', 'the Deployment api has the unknown field spec.replica'],
    ['data: { DOMAIN', 'date: { DOMAIN', 'the ConfigMap settings has the unknown field date'],
    ['{ name: api, labels:', '{ name: api, lables:', 'the Deployment api has the unknown field metadata.lables'],
    ['{ name: http, port: 80,', '{ nam: http, port: 80,', 'the Service api has the unknown field spec.ports[0].nam'],
    ['verbs:', 'verb:', 'the Role gateway has the unknown field rules[0].verb'],
    ['ports: [{ port: rpc', 'port: [{ port: rpc', 'the NetworkPolicy api has the unknown field spec.ingress[0].port'],
    ['averageUtilization', 'averageUtilisation', 'field spec.metrics[0].resource.target.averageUtilisation'],
    ['backendRefs', 'backendRef', 'the HTTPRoute api has the unknown field spec.rules[0].backendRef'],
    ['listeners:', 'listener:', 'the Gateway nestfleet has the unknown field spec.listener'],
    ['pollingInterval', 'pollInterval', 'the ScaledObject worker has the unknown field spec.pollInterval'],
    ['metricType', 'metrictype', 'the ScaledObject worker has the unknown field spec.triggers[0].metrictype'],
    [
      'interval: 15s',
      'intervall: 15s',
      'the PodMonitor api has the unknown field spec.podMetricsEndpoints[0].intervall',
    ],
    ['expr:', 'exp:', 'the PrometheusRule alerts has the unknown field spec.groups[0].rules[0].exp'],
  ])('finds a misspelt field: %s as %s', async (from, to, message) => {
    expect(rendered).toContain(from);
    expect(await models(parseObjects(rendered.replace(from, to)))).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['AlwaysAllow', 'AlwaysAllowed', 'the PodDisruptionBudget api, spec.unhealthyPodEvictionPolicy: '],
    ['type: PathPrefix', 'type: Prefix', 'the HTTPRoute api, spec.rules[0].matches[0].path.type: '],
    ['pollingInterval: 10', 'pollingInterval: 10s', 'the ScaledObject worker, spec.pollingInterval: '],
    ['severity: page', 'severity: 1', 'the PrometheusRule alerts, spec.groups[0].rules[0].labels.severity: '],
    ['replicas: 2', "replicas: '2'", 'the Deployment api, spec.replicas: '],
    ['maxSurge: 25%', 'maxSurge: [1]', 'the Deployment api, spec.strategy.rollingUpdate.maxSurge: '],
    ['value: /api', 'value: 5', 'the HTTPRoute api, spec.rules[0].matches[0].path.value: '],
    ['scaleTargetRef: { name: worker }', '', 'the ScaledObject worker, spec: '],
    ['port: 8080', 'port: 80800', 'the HTTPRoute api: data/spec/rules/0/backendRefs/0/port must be <= 65535'],
    ['interval: 15s', 'interval: soon', 'the PodMonitor api: data/spec/podMetricsEndpoints/0/interval must match'],
  ])('finds a value that cannot be: %s as %s', async (from, to, message) => {
    expect(rendered).toContain(from);
    expect(await models(parseObjects(rendered.replace(from, to)))).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['a kind', 'kind: Namespace', 'kind: Namespaces', 'the Namespaces nestfleet is of v1, and '],
    ['a version', 'policy/v1', 'policy/v9', 'the PodDisruptionBudget api is of policy/v9, and '],
    ['a group', 'keda.sh/v1alpha1', 'example.com/v1', 'the ScaledObject worker is of example.com/v1, and '],
    ['a part as a kind', 'kind: Namespace', 'kind: PodSpec', 'the PodSpec nestfleet'],
  ])('never lets %s without a model pass', async (_what, from, to, message) => {
    const [first, ...more] = await models(parseObjects(rendered.replace(from, to)));
    expect({ first, more }).toEqual({ first: expect.stringContaining(message), more: [] });
  });
});
