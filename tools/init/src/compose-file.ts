import { posix } from 'node:path';
import type { App } from './app.ts';
import { MADE } from './docker-files.ts';
import { stopGraceMs } from './nestfleet-module.ts';

/** `Base` is the file that has Consul, where that is another one: the app is not the first of its repository. */
export interface Base {
  readonly file: string;
  /** Whether it has a Redis. */
  readonly redis: boolean;
}

export interface ComposeOptions {
  readonly base: Base | undefined;
  /** Whether the app wants a Redis. */
  readonly redis: boolean;
  /** Whether the folder has a Compose file of somebody else, with which it would share containers and volumes by the name of the folder. */
  readonly isBesideOthers: boolean;
}

/** The first line, by which a second run knows the file and whose it is. */
export const composeHeader = (service: string): string => `${MADE} for ${service}, and yours from then on`;

/** The Compose file of an app: the app, and the servers that it needs. */
export function composeText(app: App, file: string, { base, redis, isBesideOthers }: ComposeOptions): string {
  const { service, root, bootstrap, hasJobs } = app;
  const files = base === undefined ? [file] : [base.file, file];
  return `${composeHeader(service)}:
#   docker compose${files.map((name) => ` -f ${name}`).join('')} up --build --scale ${service}=3
${isBesideOthers && base === undefined ? `name: ${service}-nestfleet\n` : ''}services:
  ${service}:
    build: { context: ., dockerfile: ${posix.join(root, 'Dockerfile')} }
    restart: unless-stopped
    # node is process 1 of its image and hears the signals itself.
    init: false
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    environment:
      CONSUL_HTTP_ADDR: http://consul:8500
${redis ? '      REDIS_URL: redis://redis:6379\n' : ''}    depends_on:
      consul: { condition: service_healthy }
${redis ? '      redis: { condition: service_healthy }\n' : ''}    # A free port of this machine for each replica: docker compose port --index 1 ${service} ${bootstrap.port}
    ports: ['${bootstrap.port}']
    # Drain delay 3 s + 10 s in flight + ${hasJobs ? '28 s of jobs + ' : ''}3 s closing, and 5 s more: stopGraceMs in nestfleet.module.ts.
    stop_grace_period: ${stopGraceMs(hasJobs) / 1_000}s
    # For Traefik, where it stands before the replicas; nobody else reads them.
    labels:
${labels(app)}${servers({ consul: base === undefined, redis: redis && base?.redis !== true })}`;
}

function labels({ service, bootstrap }: App): string {
  const balancer = `traefik.http.services.${service}.loadbalancer`;
  const lines = {
    'traefik.enable': 'true',
    [`traefik.http.routers.${service}.rule`]: `Host(\`${service}.\${DOMAIN:-localhost}\`)`,
    [`${balancer}.server.port`]: String(bootstrap.port),
    [`${balancer}.strategy`]: 'p2c',
    [`${balancer}.healthcheck.path`]: '/readyz',
    [`${balancer}.healthcheck.interval`]: '1000ms',
    [`${balancer}.healthcheck.timeout`]: '800ms',
    [`${balancer}.healthcheck.followredirects`]: 'false',
    [`${balancer}.responseforwarding.flushinterval`]: '-1ms',
  };
  return Object.entries(lines)
    .map(([name, value]) => `      ${name}: '${value}'\n`)
    .join('');
}

const consulServer = `
  consul:
    image: hashicorp/consul:1.22
    restart: unless-stopped
    entrypoint: [consul]
    command:
      - agent
      - -server
      - -bootstrap-expect=1
      - -node=consul
      - -data-dir=/consul/data
      - -bind=127.0.0.1
      - -client=0.0.0.0
      - -log-level=warn
      - -hcl=disable_update_check = true
    volumes: ['consul-data:/consul/data']
    healthcheck:
      # An elected leader is not enough: entries made before the server has listed itself may reach the catalog late.
      test: [CMD-SHELL, 'curl -fsS "http://127.0.0.1:8500/v1/health/service/consul?passing" | grep -q ServiceID']
      interval: 2s
      timeout: 3s
      retries: 5
      start_period: 60s
`;

const redisServer = `
  redis:
    image: redis:8
    restart: unless-stopped
    # Jobs and sessions are no cache: a full Redis refuses writes, it does not forget.
    command: [redis-server, --appendonly, 'yes', --maxmemory, 256mb, --maxmemory-policy, noeviction]
    volumes: ['redis-data:/data']
    healthcheck:
      # A Redis that loads its file answers LOADING, which is not yet healthy.
      test: [CMD-SHELL, '[ "$$(redis-cli ping)" = PONG ]']
      interval: 2s
      timeout: 3s
      retries: 5
      start_period: 60s
`;

/** The servers, and the volumes that keep what they hold. */
function servers(wanted: { consul: boolean; redis: boolean }): string {
  const texts = `${wanted.consul ? consulServer : ''}${wanted.redis ? redisServer : ''}`;
  const volumes = `${wanted.consul ? '  consul-data: {}\n' : ''}${wanted.redis ? '  redis-data: {}\n' : ''}`;
  return volumes === '' ? '' : `${texts}\nvolumes:\n${volumes}`;
}

/** Whether a file that was made here has a Redis. */
export const hasRedis = (text: string): boolean => text.includes(redisServer.split('\n').slice(0, 3).join('\n'));
