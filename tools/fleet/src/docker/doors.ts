import { join } from 'node:path';
import type { ContainerFleet } from '@nestfleet/contracts';
import type { Balancer } from './asked.ts';
import type { Container, Published } from './containers.ts';

/** Ports inside the door's container, as the compose files have them. */
const HTTP = [8080, 80];
const HTTPS = [8443, 443];
const DASHBOARD = [8081];

const doorService = (balancer: Balancer): string => (balancer === 'gateway' ? 'frontend-gateway' : 'door');

/** Every address that a listener of this machine shows for "all" is reached by loopback. */
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

/** Port of the host that plain requests come in by, undefined while no door is up. */
export const doorPort = (containers: readonly Container[], balancer: Balancer): number | undefined =>
  publishedBy(containers, doorService(balancer), HTTP)?.port;

/** Address of the front door, undefined while none is up. */
export function doorUrl(containers: readonly Container[], balancer: Balancer, tls: boolean): string | undefined {
  const found = publishedBy(containers, doorService(balancer), tls ? HTTPS : HTTP);
  return found && `${originOf(tls ? 'https' : 'http', found)}/`;
}

/**
 * doorLines are what a person opens next, each page that asks for a password with the file that holds it.
 * @param secrets folder of the secrets
 */
export function doorLines(
  fleet: ContainerFleet,
  containers: readonly Container[],
  { balancer, secrets }: { balancer: Balancer; secrets: string },
): string[] {
  const login = (file: string): string => `user admin, password in ${join(secrets, file)}`;
  // Browsers keep cookies and the names under localhost together; 127.0.0.1 is another site to them.
  const door = fleet.public_url?.replace('//127.0.0.1:', '//localhost:');
  const dashboard = publishedBy(containers, 'door', DASHBOARD);
  const prometheus = publishedBy(containers, 'prometheus', [9090]);
  const rows: [string, string | undefined][] = [
    ['dashboard', door ?? '-'],
    ['Swagger UI', door === undefined ? '-' : `${door}api/docs (api), ${door}docs (gateway)`],
    ['Traefik', dashboard && `${originOf('http', dashboard)}/dashboard/ (${login('dashboard_password')})`],
    ['HAProxy', balancer.startsWith('haproxy') ? door && `${door}admin?stats (${login('stats_password')})` : undefined],
    ['Prometheus', prometheus && originOf('http', prometheus)],
    ['inside', `docker compose -p ${fleet.project} exec <service> sh`],
  ];
  return rows.flatMap(([name, address]) => (address === undefined ? [] : [`  ${name.padEnd(11)} ${address}`]));
}
