import { expect, it } from '@jest/globals';
import { checkOverlay } from './check-overlay.ts';
import { messagesWith, sampleOverlay, sampleRows } from './sample-overlay.ts';

it.each([
  [
    'a route to another port',
    '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: frontend-gateway }',
    '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: control }\nspec: { parentRefs: [{ name: nestfleet }], rules: [{ backendRefs: [{ name: api, port: 3200 }] }] }\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: frontend-gateway }',
    'has the HTTPRoutes ["api","control","frontend-gateway"]',
  ],
  ['no Gateway', 'kind: Gateway\n', 'kind: Gate\n', 'has 0 Gateways, expected one'],
  [
    'a route of another Gateway',
    'parentRefs: [{ name: nestfleet }]',
    'parentRefs: [{ name: other }]',
    'the HTTPRoute api has parentRefs',
  ],
  ['a route that is missing', 'kind: HTTPRoute', 'kind: ConfigMap', 'has the HTTPRoutes ["frontend-gateway"]'],
  ['a Gateway for every namespace', 'from: Same', 'from: All', 'has allowedRoutes'],
  [
    'a route of another kind',
    'apiVersion: policy/v1\nkind: PodDisruptionBudget',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute',
    'has the GRPCRoute api',
  ],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);

it('finds an overlay behind a Gateway without one, and a Gateway before pods that do not know of it', () => {
  const withoutRoutes = sampleOverlay.replaceAll('gateway.networking.k8s.io/v1', 'example.com/v1');
  expect(checkOverlay('gateway-traefik', withoutRoutes, sampleRows)).toContain('has 0 Gateways, expected one');
  expect(checkOverlay('dev', sampleOverlay, sampleRows)).toContain(
    'has the Gateway nestfleet, and its pods have no BALANCER for it',
  );
});
