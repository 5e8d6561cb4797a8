import { join } from 'node:path';
import type { ContainerFleet } from '@nestfleet/contracts';
import type { Balancer } from '../core/options.ts';
import { swaggerAddresses } from '../core/services.ts';
import type { Container, Published } from './containers.ts';

/** Ports inside the edge proxy's container, as the compose files have them. */
const HTTP = [8080, 80];
const HTTPS = [8443, 443];
const DASHBOARD = [8081];

const edgeService = (balancer: Balancer): string => (balancer === 'gateway' ? 'frontend-gateway' : 'edge-proxy');

/** reachable: a listener on every address is reached by loopback. */
const reachable = (host: string): string => (/^(0\.0\.0\.0|::)?$/.test(host) ? '127.0.0.1' : host);

function originOf(scheme: string, { host, port }: Published): string {
  const name = reachable(host);
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function publishedBy(containers: readonly Container[], service: string, targets: readonly number[]) {
  const all = containers.filter((each) => each.service === service).flatMap(({ published }) => published);
  // Docker lists an address of each family; the first of the old one is what every client can use.
  const meant = all.filter(({ target }) => targets.includes(target));
  return meant.find(({ host }) => !host.includes(':')) ?? meant[0];
}

/** publicPortOf is the port of the host for plain requests, undefined while no edge proxy is up. */
export const publicPortOf = (containers: readonly Container[], balancer: Balancer): number | undefined =>
  publishedBy(containers, edgeService(balancer), HTTP)?.port;

/** publicUrlOf is the address of the edge proxy, undefined while none is up. */
export function publicUrlOf(containers: readonly Container[], balancer: Balancer, tls: boolean): string | undefined {
  const found = publishedBy(containers, edgeService(balancer), tls ? HTTPS : HTTP);
  return found && `${originOf(tls ? 'https' : 'http', found)}/`;
}

/**
 * addressLines are what a person opens next, each page that asks for a password with the file that holds it.
 * @param secrets folder of the secrets
 */
export function addressLines(
  fleet: ContainerFleet,
  containers: readonly Container[],
  { balancer, secrets }: { balancer: Balancer; secrets: string },
): string[] {
  const login = (file: string): string => `user admin, password in ${join(secrets, file)}`;
  // Browsers keep cookies and the names under localhost together; 127.0.0.1 is another site to them.
  const publicUrl = fleet.public_url?.replace('//127.0.0.1:', '//localhost:');
  const dashboard = publishedBy(containers, 'edge-proxy', DASHBOARD);
  const prometheus = publishedBy(containers, 'prometheus', [9090]);
  const rows: [string, string | undefined][] = [
    ['dashboard', publicUrl ?? '-'],
    ['Swagger UI', publicUrl === undefined ? '-' : swaggerAddresses(publicUrl.replace(/\/$/, ''))],
    ['Traefik', dashboard && `${originOf('http', dashboard)}/dashboard/ (${login('dashboard_password')})`],
    [
      'HAProxy',
      balancer.startsWith('haproxy') ? publicUrl && `${publicUrl}admin?stats (${login('stats_password')})` : undefined,
    ],
    ['Prometheus', prometheus && originOf('http', prometheus)],
    ['inside', `docker compose -p ${fleet.project} exec <service> sh`],
  ];
  return rows.flatMap(([name, address]) => (address === undefined ? [] : [`  ${name.padEnd(11)} ${address}`]));
}
