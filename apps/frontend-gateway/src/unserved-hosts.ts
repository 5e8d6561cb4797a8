import { routedServices } from '@nestfleet/contracts';
import { ProblemError, clientProtocol } from '@nestfleet/service';
import type { FastifyInstance } from 'fastify';

export interface ServedNames {
  /** In lower case: the host names of the services are served under it, and no other. */
  readonly domain: string;
  /** Which catalog is used. */
  readonly catalog: string;
  /** Address of the Consul agent, as this process reaches it; undefined where another catalog is used. */
  readonly consulAddress?: string | undefined;
}

const SERVED = new Set(routedServices.flatMap(({ ingress }) => ingress.hosts));

/**
 * unservedName is the part of a Host below the domain, in lower case, when nothing is served there: `consul` of
 * `consul.localhost:8080`. Undefined for the served names, the domain itself and hosts outside of it.
 */
export function unservedName(host: string | undefined, domain: string): string | undefined {
  if (host === undefined) return undefined;
  const name = (host.split(':', 1)[0] ?? '').toLowerCase();
  const end = `.${domain}`;
  // The length is looked at first because this runs for every request.
  if (name.length <= end.length || !name.endsWith(end)) return undefined;
  const below = name.slice(0, -end.length);
  return SERVED.has(below) ? undefined : below;
}

/** isLoopback: an agent there runs beside whoever asks, so its address is one that a person can open. */
const isLoopback = ({ hostname }: URL): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname);

function consulPage(address: string | undefined): string {
  const spelled = address === undefined || address.includes('://') ? address : `http://${address}`;
  const url = spelled !== undefined && URL.canParse(spelled) ? new URL(spelled) : undefined;
  return url && isLoopback(url)
    ? `Consul's page is ${url.origin}/ui`
    : "Consul's page is served where Traefik reads Consul's catalog (deploy/compose.traefik-consul.yaml)";
}

/** whereItIs is the sentence that leads to what a person looks for under this name. */
function whereItIs(name: string, { catalog, consulAddress }: ServedNames, address: (name: string) => string): string {
  if (name === 'consul' && catalog !== 'kubernetes') return consulPage(consulAddress);
  if (name === 'traefik')
    return "Traefik's dashboard is served where Traefik is the edge proxy, on port 8081 (deploy/compose.traefik.yaml)";
  return `The page is ${address('app')}, the api ${address('api')}`;
}

/**
 * installUnservedHosts answers 404 with the right address on every name under the domain that nothing is served on, in
 * place of the dashboard: a page with 200 under `consul.<domain>` says that it is Consul's.
 */
export function installUnservedHosts(fastify: FastifyInstance, names: ServedNames): void {
  const { domain } = names;
  fastify.addHook('onRequest', (request, reply, done) => {
    const { host } = request.raw.headers;
    const name = unservedName(host, domain);
    if (name === undefined) return done();
    const port = host?.match(/:\d+$/)?.[0] ?? '';
    const address = (served: string): string => `${clientProtocol(request)}://${served}.${domain}${port}/`;
    const detail = `Nothing is served under the name ${name}.${domain}. ${whereItIs(name, names, address)}.`;
    void reply.send(new ProblemError({ status: 404, code: 'host_not_served', title: 'No such host here', detail }));
  });
}
