import { services } from '@nestfleet/contracts';
import type { TableRow } from '../deploy/services-table.ts';
import { checkOverlay } from './check-overlay.ts';

/** sampleRows are two services of the table. */
export const sampleRows: readonly TableRow[] = [
  { ...services.api, name: 'api' },
  { ...services['frontend-gateway'], name: 'frontend-gateway' },
];

const pod = (name: string, more: string): string => `
      automountServiceAccountToken: ${name === 'frontend-gateway'}
      serviceAccountName: ${name}
      enableServiceLinks: false
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway,
            labelSelector: { matchLabels: { app: ${name} } }, matchLabelKeys: [pod-template-hash] }
        - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway,
            labelSelector: { matchLabels: { app: ${name} } }, matchLabelKeys: [pod-template-hash] }
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      terminationGracePeriodSeconds: 28
      volumes: [{ name: secrets, secret: { secretName: nestfleet-secrets, items: [{ key: control_token, path: control_token }] } }]
      containers:
        - name: app
          image: example.com/nestfleet/${name}:v1
          env: [{ name: BALANCER, value: kubernetes-gateway }, { name: STOP_GRACE_MS, value: '28000' }, ${more},
            { name: CONTROL_PORT, value: '3200' }, { name: METRICS_PORT, value: '9464' },
            { name: NODE_ENV, value: production }, { name: CONTROL_TOKEN_FILE, value: /etc/nestfleet/secrets/control_token }]
          startupProbe: { httpGet: { path: /startupz, port: http }, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 }
          readinessProbe: { httpGet: { path: /readyz, port: http }, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 6 }
          livenessProbe: { httpGet: { path: /livez, port: http }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
          resources: { requests: { cpu: 100m }, limits: { memory: 256Mi } }
          volumeMounts: [{ name: secrets, mountPath: /etc/nestfleet/secrets }]`;

const objects = (name: string, env: string, ports: string, servicePorts: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  minReadySeconds: 2
  strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name}, part-of: nestfleet } }
    spec:${pod(name, env)}
          ports: [${ports}, { name: control, containerPort: 3200 }, { name: metrics, containerPort: 9464 }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: ${name} }
  ports: [${servicePorts}, { name: control, port: 3200, targetPort: control }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: ${name} }
spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: { matchLabels: { app: ${name} } } }
---`;

/** sampleOverlay is an overlay behind a Gateway where all is as it has to be. */
export const sampleOverlay = `${objects(
  'api',
  "{ name: DISCOVERY, value: fixed }, { name: PORT, value: '3000' }, { name: RPC_PORT, value: '3100' }",
  '{ name: http, containerPort: 3000 }, { name: rpc, containerPort: 3100 }',
  '{ name: http, port: 3000, targetPort: http }, { name: rpc, port: 3100, targetPort: rpc }',
)}${objects(
  'frontend-gateway',
  "{ name: DISCOVERY, value: kubernetes }, { name: PORT, value: '8080' }",
  '{ name: http, containerPort: 8080 }',
  '{ name: http, port: 8080, targetPort: http }',
)}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: frontend-gateway }
rules: [{ apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: frontend-gateway }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: frontend-gateway }
subjects: [{ kind: ServiceAccount, name: frontend-gateway }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: nestfleet-settings }
data: { LOG_LEVEL: info }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: nestfleet }
spec: { listeners: [{ name: http, port: 8000, allowedRoutes: { namespaces: { from: Same } } }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec:
  parentRefs: [{ name: nestfleet }]
  rules:
    - matches: [{ path: { type: PathPrefix, value: /api } }]
      filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } } }]
      backendRefs: [{ name: api, port: 3000 }]
    - matches:
        [{ path: { type: Exact, value: /set } }, { path: { type: Exact, value: /get } }, { path: { type: Exact, value: /enqueue } }]
      backendRefs: [{ name: api, port: 3000 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: frontend-gateway }
spec:
  parentRefs: [{ name: nestfleet }]
  rules:
    - matches: [{ path: { type: PathPrefix, value: / } }]
      backendRefs: [{ name: frontend-gateway, port: 8080 }]
`;

/** messagesWith are the messages about the sample with one place changed, the first of its kind. @throws where there is no such place */
export function messagesWith(from: string, to: string): string[] {
  if (!sampleOverlay.includes(from)) throw new Error(`the sample has no ${from}`);
  return checkOverlay(
    'gateway-traefik',
    sampleOverlay.replace(from, () => to),
    sampleRows,
  );
}
