import { byLongestPrefix, type RoutedService } from '@nestfleet/contracts';
import { originForm } from '@nestfleet/service';

/** RouteTarget is the service that a request is for, and where that service sees it. */
export interface RouteTarget<S> {
  readonly service: S;
  /** Path and query as the service reads them; always begins with `/`. */
  readonly path: string;
  /** What was taken off the front of the path: the service needs it to spell addresses that work outside. */
  readonly prefix: string;
}

/** Longest port behind a host name, `:65535`. */
const PORT_LENGTH_MAX = 6;

/**
 * RouteTable says which service a request is for: by the service's own host name, where every path is its own, else by its
 * prefix or one of its exact paths. What it does not know the gateway serves itself.
 */
export class RouteTable<S extends Pick<RoutedService, 'ingress'>> {
  /** Paths as Fastify's router takes them. */
  readonly urls: readonly string[];
  private readonly hosts: ReadonlyMap<string, S>;
  private readonly hostLengthMin: number;
  private readonly hostLengthMax: number;
  private readonly paths: ReadonlyMap<string, S>;
  private readonly services: readonly S[];

  /** @param domain in lower case; `api.<domain>` is a host name */
  constructor(services: readonly S[], domain: string) {
    this.services = services.toSorted(byLongestPrefix);
    this.hosts = new Map(
      services.flatMap((service) => service.ingress.hosts.map((host) => [`${host}.${domain}`, service] as const)),
    );
    const lengths = [...this.hosts.keys()].map(({ length }) => length);
    this.hostLengthMin = Math.min(...lengths);
    this.hostLengthMax = Math.max(...lengths) + PORT_LENGTH_MAX;
    this.paths = new Map(services.flatMap((service) => service.ingress.paths.map((path) => [path, service] as const)));
    this.urls = services.flatMap(({ ingress: { prefix, paths } }) => [prefix, `${prefix}/*`, ...paths]);
  }

  /** hostTarget is for a host name with or without a port; names compare without case, and nothing is taken off. */
  hostTarget(host: string | undefined, rawUrl: string): RouteTarget<S> | undefined {
    const service = this.ofHost(host);
    return service && { service, path: originForm(rawUrl), prefix: '' };
  }

  /**
   * pathTarget works on the raw request line: decoding `%61pi` here would give the service another path than the one its
   * own router sees.
   */
  pathTarget(rawUrl: string): RouteTarget<S> | undefined {
    const url = originForm(rawUrl);
    for (const service of this.services) {
      const { prefix } = service.ingress;
      if (!url.startsWith(prefix)) continue;
      const rest = url.slice(prefix.length);
      if (rest === '') return { service, path: '/', prefix };
      if (rest.startsWith('/')) return { service, path: rest, prefix };
      if (rest.startsWith('?')) return { service, path: `/${rest}`, prefix };
    }
    const end = url.indexOf('?');
    const service = this.paths.get(end < 0 ? url : url.slice(0, end));
    return service && { service, path: url, prefix: '' };
  }

  private ofHost(host: string | undefined): S | undefined {
    // The length is looked at first because this runs for every request.
    if (host === undefined || host.length < this.hostLengthMin || host.length > this.hostLengthMax) return undefined;
    const colon = host.indexOf(':');
    return this.hosts.get((colon < 0 ? host : host.slice(0, colon)).toLowerCase());
  }
}
