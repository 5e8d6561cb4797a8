import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { checkOverlay } from './check-overlay.ts';
import { DRAIN_DELAY_MS } from './overlays.ts';
import { messagesWith, sampleOverlay as rendered, sampleRows as rows } from './sample-overlay.ts';

describe('checkOverlay', () => {
  it('finds nothing where all is as it has to be', () =>
    expect(checkOverlay('gateway-traefik', rendered, rows)).toEqual([]));

  it.each([
    [
      'a preStop',
      'name: app',
      'name: app\n          lifecycle: { preStop: { sleep: { seconds: 5 } } }',
      'api has a preStop',
    ],
    [
      'a grace period that is too short',
      'terminationGracePeriodSeconds: 28',
      'terminationGracePeriodSeconds: 23',
      'api has terminationGracePeriodSeconds 23, expected 28',
    ],
    ['a grace period that the app is not told', "'28000'", "'23000'", 'api has STOP_GRACE_MS 23000, expected 28000'],
    ['a shorter drain delay', 'kubernetes-gateway', 'kubernetes', 'api has BALANCER kubernetes, expected'],
    ['a probe of another path', 'path: /readyz', 'path: /livez', 'api has the readiness probe {'],
    [
      'a probe of another port',
      'path: /livez, port: http',
      'path: /livez, port: metrics',
      'api has the liveness probe {',
    ],
    ['impatient liveness', '5, failureThreshold: 6', '5, failureThreshold: 3', 'api has the liveness probe {'],
    ['hasty liveness', 'timeoutSeconds: 5', 'timeoutSeconds: 1', 'api has the liveness probe {'],
    ['a start without time for Redis', 'failureThreshold: 600', 'failureThreshold: 60', 'api has the startup probe {'],
    ['slow readiness', 'periodSeconds: 2', 'periodSeconds: 60', 'api has the readiness probe {'],
    [
      'readiness that fails within the drain delay',
      '3, failureThreshold: 6 ',
      '3, failureThreshold: 3 ',
      'api has the readiness probe {',
    ],
    [
      'another port name',
      '{ name: rpc, containerPort',
      '{ name: grpc, containerPort',
      'api has the ports control 3200, grpc',
    ],
    [
      'a Service of another port',
      'targetPort: rpc',
      'targetPort: 3100',
      'the Service api has port 3100 (rpc), which is no',
    ],
    [
      'a Service without a port',
      '{ name: http, port: 3000, targetPort: http }, ',
      '',
      'the Service api lacks the port http',
    ],
    [
      'a Service without pods',
      'selector: { app: api }',
      'selector: { app: apis }',
      'the Service api selects the pods of 0',
    ],
    [
      'a Deployment of other pods',
      'matchLabels: { app: api }',
      'matchLabels: { app: apis }',
      'api has a selector that',
    ],
    [
      'a token that is not needed',
      'automountServiceAccountToken: false',
      'automountServiceAccountToken: true',
      'api has automount',
    ],
    ['a verb too many', '[get, list, watch]', '[get, list, watch, delete]', 'has the roles ['],
    [
      'a role of the cluster',
      'kind: Role\n',
      'kind: ClusterRole\n',
      'the ClusterRole frontend-gateway is of the whole cluster',
    ],
    ['no binding', 'kind: RoleBinding', 'kind: ConfigMap', 'has the role bindings []'],
    [
      'secrets where the token is',
      'mountPath: /etc/nestfleet/secrets',
      'mountPath: /run/secrets',
      'api mounts /run/secrets',
    ],
    ['no request of CPU', 'requests: { cpu: 100m }', 'requests: {}', 'api requests no CPU'],
    [
      'a root file system to write',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      'api has the securityContext {',
    ],
    ['service links', 'enableServiceLinks: false', 'enableServiceLinks: true', 'api has enableServiceLinks true'],
    ['a rollout that takes one away', 'maxUnavailable: 0', 'maxUnavailable: 1', 'api has the strategy {'],
    ['a budget that holds up a drain', 'AlwaysAllow', 'IfHealthyBudget', 'api has unhealthyPodEvictionPolicy'],
    [
      'a route that keeps the prefix',
      'type: URLRewrite',
      'type: RequestMirror',
      'the HTTPRoute api is not that of the table',
    ],
    [
      'an experimental field',
      '- matches:',
      '- retry: { attempts: 2 }\n      matches:',
      'the HTTPRoute api has retry, which',
    ],
    ['an Ingress', 'kind: PodDisruptionBudget', 'kind: Ingress', 'the Ingress api takes no prefix off'],
  ])('finds %s', (_what, from, to, message) => {
    expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message));
  });

  it('finds a gateway that is alone, and a service that is missing', () => {
    const [api = '', gateway = ''] = rendered.split('name: frontend-gateway }\nspec:\n  replicas: 2');
    const alone = `${api}name: frontend-gateway }\nspec:\n  replicas: 1${gateway}`;
    expect(checkOverlay('gateway-traefik', alone, rows)).toEqual([expect.stringContaining('has one replica')]);
    const more = [...rows, { ...services.worker, name: 'worker' }];
    expect(checkOverlay('gateway-traefik', rendered, more)).toContain('worker is missing');
  });
});

// Read as text, because the lib is Nest's and nothing that Node runs as it is may import it.
it.each(Object.entries(DRAIN_DELAY_MS))('the app waits as long behind %s as the rule says: %i ms', (kind, ms) => {
  const file = `${import.meta.dirname}/../../../../libs/service/src/shutdown/timeouts.ts`;
  const found = new RegExp(`\\b'?${kind}'?: ([\\d_]+),`).exec(readFileSync(file, 'utf8'))?.[1];
  expect(Number(found?.replaceAll('_', ''))).toBe(ms);
});
