import { join } from 'node:path';
import { DiscoveryError, reasonOf } from '../errors.ts';
import { rereadFile } from '../reread-file.ts';
import type { ApiAccess } from './api-request.ts';

/** ServiceAccountSettings are where a pod finds the API server and what it may show to it. */
export interface ServiceAccountSettings {
  readonly server?: string | undefined;
  readonly namespace?: string | undefined;
  readonly serviceAccountDir?: string | undefined;
}

/** Where the kubelet mounts what a pod may show: `token`, `ca.crt` and `namespace`. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The Service of the API server, a name in its certificate. */
const SERVER = 'https://kubernetes.default.svc';

function serverOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw new DiscoveryError('invalid_settings', `API server "${text}" is not http(s)://host:port`);
}

function fileOf(dir: string, name: string): () => string {
  try {
    return rereadFile(join(dir, name));
  } catch (cause) {
    const why = `the service account's ${name}: ${reasonOf(cause)}; mount it (automountServiceAccountToken) or say where it is`;
    throw new DiscoveryError('invalid_settings', why, { cause });
  }
}

/**
 * serviceAccountAccess is how a pod reaches the API server. Over plain `http:`, such as to `kubectl proxy`, nothing secret is sent, and no file is needed
 * but for the namespace. Throws DiscoveryError `invalid_settings`.
 */
export function serviceAccountAccess(settings: ServiceAccountSettings): { access: ApiAccess; namespace: string } {
  const { server: address = SERVER, serviceAccountDir: dir = SERVICE_ACCOUNT_DIR } = settings;
  const server = serverOf(address);
  const namespace = settings.namespace ?? fileOf(dir, 'namespace')();
  if (server.protocol === 'http:') return { access: { server, token: undefined, ca: undefined }, namespace };
  return { access: { server, token: fileOf(dir, 'token'), ca: fileOf(dir, 'ca.crt') }, namespace };
}
