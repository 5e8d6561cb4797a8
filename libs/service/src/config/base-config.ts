import { wholeNumber } from '@nestfleet/contracts';
import { z } from 'zod';
import { commaList } from './comma-list.ts';
import { portList } from './port-list.ts';
import { consulConfig } from './consul-config.ts';
import { kubernetesConfig } from './kubernetes-config.ts';
import { shutdownConfig, type ShutdownDefaults } from './shutdown-config.ts';
import { redisConfig } from './redis-config.ts';

/** Everybody can read this file, so production refuses it. */
const SAMPLE_CONTROL_TOKEN = 'sample-control-token-for-development-only';

const port = (description: string, fallback: number) =>
  wholeNumber(0, 65_535)
    .prefault(fallback)
    .meta({ description: `${description}; 0 takes any free one` });

const text = (description: string) => z.string().min(1).meta({ description });

/** flag is a variable with `true`, `1`, `on` or their opposites. */
export const flag = (description: string) =>
  z
    .enum(['true', 'false', '1', '0', 'on', 'off'])
    .transform((word) => word === 'true' || word === '1' || word === 'on')
    .optional()
    .meta({ description });

export const balancerKind = z.enum([
  'gateway',
  'traefik',
  'traefik-consul',
  'haproxy',
  'haproxy-consul',
  'kubernetes',
  'kubernetes-gateway',
  'kubernetes-load-balancer',
  'none',
]);
export type BalancerKind = z.infer<typeof balancerKind>;

/** baseConfig is the variables that every service reads; an app adds its own. The names are the contract's. */
export const baseConfig = (defaults: { httpPort: number; shutdown?: ShutdownDefaults }) => ({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .meta({ description: 'production refuses sample secrets and binds all interfaces by default' }),
  HOST: text('Address to listen on; default 127.0.0.1, in production 0.0.0.0').optional(),
  PORT: port('HTTP port', defaults.httpPort),
  CLIENT_CONNECTIONS_MAX: wholeNumber(1, 1_000_000).prefault(1_000).meta({
    description:
      'Connections of clients to PORT at once; beyond this number idle ones are closed, the oldest first; who has just come has a second, while there are few of them',
  }),
  REQUEST_BODY_GRACE_PERIOD_MS: wholeNumber(1, 3_600_000).prefault(10_000).meta({
    description:
      'How long a request body is waited for before its rate is looked at, and again after it, milliseconds; time in which nobody reads it does not count',
  }),
  REQUEST_BODY_MIN_RATE: wholeNumber(0, 1_000_000_000)
    .prefault(1_024)
    .meta({ description: 'Least rate of a request body, bytes per second; a slower one is refused with 408' }),
  REQUEST_BODY_TIMEOUT_MS: wholeNumber(1, 86_400_000)
    .prefault(3_600_000)
    .meta({ description: 'Longest time for a whole request body, milliseconds; then it is refused with 408' }),
  INNER_HOST: text(
    'Address that METRICS_PORT, RPC_PORT and CONTROL_PORT listen on, for a service that has an outer address too; default HOST',
  ).optional(),
  METRICS_PORT: port('Prometheus text', 9464),
  CONTROL_PORT: port('TCP port of the control plane: describe, drain and undrain of this instance', 3200),
  CONTROL_TOKEN: z.string().min(24, 'has 24 characters or more').max(512, 'has 512 characters at most').meta({
    description: 'What a message on CONTROL_PORT must carry; one for the whole fleet',
    secret: true,
    sample: SAMPLE_CONTROL_TOKEN,
  }),
  ADVERTISE_ADDR: text(
    'Address that other services reach this one at; default HOST, or where that is every interface the address of the one that leads to Consul. With the port it is of this process alone: what else is registered there is taken for left behind',
  ).optional(),
  INSTANCE_NAME: text(
    'Name shown as served_by, and the id of a replica that does not register itself (DISCOVERY other than consul), so another one for each replica; default the host name; in Kubernetes that of the pod',
  ).optional(),
  SLOT: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and - only, 40 at most')
    .optional()
    .meta({
      description:
        'Which replica this is, stable over restarts; default an ordinal of four digits at most at the end of the host name, else host name and port',
    }),
  ZONE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, ., _ and - only, 64 at most')
    .optional()
    .meta({
      description:
        'Zone that this replica runs in, written to its catalog entry (meta `zone`); replicas of the same zone are preferred',
    }),
  NAMESPACE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and - only, 40 at most')
    .default('nf')
    .meta({ description: 'First part of every Redis key' }),
  ...redisConfig(),
  CONSUL_HTTP_ADDR: text(
    'Consul agents, a comma list; one of them takes the entry, the next after 3 s without an answer',
  )
    .default('http://127.0.0.1:8500')
    .transform(commaList),
  CONSUL_HTTP_TOKEN: text('ACL token for Consul')
    .optional()
    .meta({ description: 'ACL token for Consul', secret: true }),
  ...consulConfig(),
  DISCOVERY: z
    .enum(['consul', 'kubernetes', 'dns', 'fixed'])
    .default('consul')
    .meta({ description: 'Where addresses of other services come from' }),
  ...kubernetesConfig(),
  DISCOVERY_FIXED: text('For DISCOVERY=fixed: `api=host:port,host:port;worker=host:port`').optional(),
  DISCOVERY_DNS_NAME: text(
    'For DISCOVERY=dns: `{service}.service.consul` (default) or `_http._tcp.{service}.example` for SRV records, `{service}:3000` for addresses with a port',
  ).optional(),
  DISCOVERY_DNS_SERVER: text(
    'For DISCOVERY=dns: host:port of servers, a comma list, asked over TCP; default the system',
  )
    .transform(commaList)
    .optional(),
  DISCOVERY_DNS_SEARCH: text(
    'For DISCOVERY=dns: domains that a name without a trailing dot is tried with, a comma list; default those of the system where its servers are asked, else none',
  )
    .transform(commaList)
    .optional(),
  DISCOVERY_DNS_PORTS: z.string().transform(portList).optional().meta({
    description:
      'For DISCOVERY=dns: `api=3000,worker=3002`, ports of single services whose names have addresses; default that of DISCOVERY_DNS_NAME',
  }),
  DISCOVERY_CACHE_DIR: text(
    'Folder that keeps the last known addresses of other services for the next start, should the catalog be unreachable then; processes may share it; one that cannot be written is a warning; default nowhere',
  ).optional(),
  BALANCER: text(
    'The load balancers that route to this service, a comma list of gateway, traefik, traefik-consul, haproxy, haproxy-consul, kubernetes, kubernetes-gateway, kubernetes-load-balancer, none; sets the drain delay',
  )
    .default('gateway')
    .transform(commaList)
    .pipe(z.array(balancerKind).min(1)),
  ...shutdownConfig(defaults.shutdown),
  TRUSTED_PROXIES: text('Addresses or CIDRs whose X-Forwarded-* are trusted, a comma list; default loopback only')
    .default('127.0.0.1,::1')
    .transform(commaList),
  DOMAIN: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, 'is a host name without scheme and port')
    .transform((name) => name.toLowerCase())
    .default('localhost')
    .meta({ description: 'Domain of the edge proxy: `api.<DOMAIN>` is the api, `app.<DOMAIN>` the gateway' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'Least level that is logged' }),
});

export type BaseConfig = z.output<z.ZodObject<ReturnType<typeof baseConfig>>>;
