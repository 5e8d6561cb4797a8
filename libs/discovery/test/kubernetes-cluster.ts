import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { SliceDraft } from '../src/testing.ts';

interface Kubeconfig {
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
}

/** The text of a setting that is a path, or beside it as base64. */
function fileIn(settings: Record<string, string>, name: string): string | undefined {
  const data = settings[`${name}-data`];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const path = settings[name];
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

/** The user of the context that is named; never of the one that is merely current. */
function readAdmin() {
  const { KUBECONFIG, CONTEXT } = process.env;
  if (!KUBECONFIG || !CONTEXT) throw new Error('KUBECONFIG and CONTEXT name the cluster of these tests');
  const config = parse(readFileSync(KUBECONFIG, 'utf8')) as Kubeconfig;
  const { context } = config.contexts.find(({ name }) => name === CONTEXT)!;
  const { cluster } = config.clusters.find(({ name }) => name === context.cluster)!;
  const { user } = config.users.find(({ name }) => name === context.user)!;
  return {
    server: cluster['server']!,
    ca: fileIn(cluster, 'certificate-authority'),
    cert: fileIn(user, 'client-certificate'),
    key: fileIn(user, 'client-key'),
    headers: user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` },
  };
}

export interface ClusterNamespace {
  readonly server: string;
  readonly namespace: string;
  /** Folder of a service account that may read EndpointSlices of this namespace. */
  readonly serviceAccountDir: string;
  readonly token: string;
  /** Gives the service account these verbs on EndpointSlices and no other. */
  allow(...verbs: string[]): Promise<void>;
  /** Makes these the slices of a service. */
  put(service: string, slices: readonly SliceDraft[]): Promise<void>;
  close(): Promise<void>;
}

/** A namespace of this test alone, as the admin of the kubeconfig makes it. */
export async function openNamespace(): Promise<ClusterNamespace> {
  const { server, headers, ...tls } = readAdmin();
  const namespace = `nestfleet-test-${randomUUID().slice(0, 8)}`;

  async function ask(method: string, path: string, body?: unknown): Promise<Record<string, never>> {
    const answered = Promise.withResolvers<IncomingMessage>();
    const json = { 'content-type': 'application/json', ...headers };
    const sent = request(new URL(path, server), { method, headers: json, agent: false, ...tls }, answered.resolve);
    sent.on('error', answered.reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const answer = await answered.promise;
    const content = await text(answer);
    const { statusCode = 500 } = answer;
    if (statusCode >= 300 && statusCode !== 404)
      throw new Error(`${method} ${path} answered ${statusCode}: ${content}`);
    return JSON.parse(content) as Record<string, never>;
  }

  const core = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const discovery = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const metadata = { name: 'reader' };
  const roleOf = (verbs: readonly string[]) => ({
    metadata,
    rules: [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs }],
  });
  await ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await ask('POST', `${core}/serviceaccounts`, { metadata });
  await ask('POST', `${rbac}/roles`, roleOf(['get', 'list', 'watch']));
  await ask('POST', `${rbac}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
  });
  const requested = await ask('POST', `${core}/serviceaccounts/reader/token`, { spec: { expirationSeconds: 3_600 } });
  const { token } = requested['status'] as unknown as { token: string };
  const dir = mkdtempSync(join(tmpdir(), 'nestfleet-service-account-'));
  for (const [name, content] of Object.entries({ token, 'ca.crt': tls.ca ?? '', namespace }))
    writeFileSync(join(dir, name), content);

  const known = new Map<string, Set<string>>();
  return {
    server,
    namespace,
    serviceAccountDir: dir,
    token,
    async allow(...verbs) {
      await ask('PUT', `${rbac}/roles/reader`, roleOf(verbs));
    },
    async put(service, slices) {
      const before = known.get(service) ?? new Set();
      for (const { name, ...rest } of slices) {
        const labels = { 'kubernetes.io/service-name': service };
        const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, labels }, ...rest };
        if (before.has(name)) await ask('PUT', `${discovery}/${name}`, slice);
        else await ask('POST', discovery, slice);
      }
      const after = new Set(slices.map(({ name }) => name));
      for (const name of before) if (!after.has(name)) await ask('DELETE', `${discovery}/${name}`);
      known.set(service, after);
    },
    async close() {
      rmSync(dir, { recursive: true });
      await ask('DELETE', `/api/v1/namespaces/${namespace}`);
    },
  };
}
