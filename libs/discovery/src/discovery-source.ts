import { DiscoveryError } from './errors.ts';
import { hostOf } from './instance.ts';

/** The contract's variables of discovery, parsed. */
export interface DiscoverySettings {
  readonly DISCOVERY: 'consul' | 'kubernetes' | 'dns' | 'fixed';
  readonly CONSUL_HTTP_ADDR: readonly string[];
  readonly CONSUL_HTTP_TOKEN?: string | undefined;
  /** Path of a file that holds the token, read again when it changes. */
  readonly CONSUL_HTTP_TOKEN_FILE?: string | undefined;
  readonly CONSUL_DATACENTER?: string | undefined;
  /** PEM texts. */
  readonly CONSUL_CACERT?: string | undefined;
  readonly CONSUL_TLS_SERVER_NAME?: string | undefined;
  readonly CONSUL_CLIENT_CERT?: string | undefined;
  readonly CONSUL_CLIENT_KEY?: string | undefined;
  /** `api=host:port,host:port;worker=host:port` */
  readonly DISCOVERY_FIXED?: string | undefined;
  readonly DISCOVERY_DNS_NAME?: string | undefined;
  readonly DISCOVERY_DNS_SERVER?: readonly string[] | undefined;
  readonly DISCOVERY_DNS_SEARCH?: readonly string[] | undefined;
  readonly DISCOVERY_DNS_PORTS?: Readonly<Record<string, number>> | undefined;
  readonly DISCOVERY_CACHE_DIR?: string | undefined;
  /** The whole URL, in place of what every pod is told by the next two. */
  readonly KUBERNETES_API_SERVER?: string | undefined;
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT_HTTPS?: number | undefined;
  readonly KUBERNETES_NAMESPACE?: string | undefined;
  readonly KUBERNETES_SERVICE_ACCOUNT_DIR?: string | undefined;
}

/** What `openDiscovery` takes, as far as an environment can say it. */
export type EnvironmentSource =
  | {
      kind: 'consul';
      addresses: readonly string[];
      token?: string | undefined;
      tokenFile?: string | undefined;
      cacheDir?: string | undefined;
      datacenter?: string | undefined;
      /** PEM texts, and the name that the agent's certificate must have. */
      tls?:
        | {
            ca?: string | undefined;
            cert?: string | undefined;
            key?: string | undefined;
            serverName?: string | undefined;
          }
        | undefined;
    }
  | {
      kind: 'dns';
      name: string;
      servers?: readonly string[] | undefined;
      search?: readonly string[] | undefined;
      ports?: Readonly<Record<string, number>> | undefined;
      cacheDir?: string | undefined;
    }
  | {
      kind: 'kubernetes';
      server?: string | undefined;
      namespace?: string | undefined;
      serviceAccountDir?: string | undefined;
      cacheDir?: string | undefined;
    }
  | { kind: 'fixed'; services: Readonly<Record<string, readonly string[]>> };

/** Where instances come from, by the environment. Throws DiscoveryError `invalid_settings` where it makes no sense. */
export function discoveryOptions(settings: DiscoverySettings): EnvironmentSource {
  if (settings.DISCOVERY === 'fixed')
    return { kind: 'fixed', services: parseFixedServices(settings.DISCOVERY_FIXED ?? '') };
  if (settings.DISCOVERY === 'kubernetes')
    return {
      kind: 'kubernetes',
      server: apiServerOf(settings),
      namespace: settings.KUBERNETES_NAMESPACE,
      serviceAccountDir: settings.KUBERNETES_SERVICE_ACCOUNT_DIR,
      cacheDir: settings.DISCOVERY_CACHE_DIR,
    };
  if (settings.DISCOVERY === 'dns')
    return {
      kind: 'dns',
      name: settings.DISCOVERY_DNS_NAME ?? '{service}.service.consul',
      servers: settings.DISCOVERY_DNS_SERVER,
      search: settings.DISCOVERY_DNS_SEARCH,
      ports: settings.DISCOVERY_DNS_PORTS,
      cacheDir: settings.DISCOVERY_CACHE_DIR,
    };
  const { CONSUL_CACERT: ca, CONSUL_CLIENT_CERT: cert, CONSUL_CLIENT_KEY: key } = settings;
  const { CONSUL_TLS_SERVER_NAME: serverName } = settings;
  if ((cert === undefined) !== (key === undefined))
    throw new DiscoveryError('invalid_settings', 'CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY need each other');
  return {
    kind: 'consul',
    addresses: settings.CONSUL_HTTP_ADDR,
    token: settings.CONSUL_HTTP_TOKEN,
    tokenFile: settings.CONSUL_HTTP_TOKEN_FILE,
    cacheDir: settings.DISCOVERY_CACHE_DIR,
    datacenter: settings.CONSUL_DATACENTER,
    tls: [ca, cert, serverName].every((each) => each === undefined) ? undefined : { ca, cert, key, serverName },
  };
}

function apiServerOf(settings: DiscoverySettings): string {
  const { KUBERNETES_API_SERVER, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT_HTTPS: port = 443 } = settings;
  if (KUBERNETES_API_SERVER !== undefined) return KUBERNETES_API_SERVER;
  if (host !== undefined) return `https://${hostOf(host)}:${port}`;
  throw new DiscoveryError(
    'invalid_settings',
    'DISCOVERY=kubernetes outside of a pod (there is no KUBERNETES_SERVICE_HOST) needs KUBERNETES_API_SERVER',
  );
}

/** Addresses are checked by the fixed catalog; this reads the list's form only. */
export function parseFixedServices(text: string): Record<string, string[]> {
  const parts = text.split(';').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const [name, list, ...more] = part.split('=').map((piece) => piece.trim());
      if (name && list && more.length === 0) return [name, list.split(',').map((address) => address.trim())];
      throw new DiscoveryError(
        'invalid_settings',
        `DISCOVERY_FIXED has "${part}", expected service=host:port,host:port`,
      );
    }),
  );
}
