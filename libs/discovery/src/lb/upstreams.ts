import type { Random } from '@nestfleet/timing';
import type { Balancer } from './balancers/balancer.ts';
import type { Catalog } from '../catalog.ts';
import { openUpstream, type Upstream } from './upstream.ts';
import type { SlowStart } from './traffic-share.ts';
import type { UpstreamObserver } from './upstream-observer.ts';

/** Upstreams is the upstream of each service that this process calls. */
export interface Upstreams {
  /** The same upstream for the same name. The first use begins to watch; the watch lasts until the discovery closes. */
  of(service: string): Upstream;
  /** Those that were used so far, in the order of their first use. */
  all(): readonly Upstream[];
}

export function createUpstreams(options: {
  catalog: Catalog;
  newBalancer: () => Balancer;
  signal: AbortSignal;
  random?: Random;
  observer?: UpstreamObserver | undefined;
  slowStart?: SlowStart | undefined;
  zone?: string | undefined;
}): Upstreams {
  const open = new Map<string, Upstream>();
  return {
    of(service) {
      let upstream = open.get(service);
      if (upstream === undefined) {
        upstream = openUpstream({
          service,
          catalog: options.catalog,
          balancer: options.newBalancer(),
          signal: options.signal,
          random: options.random ?? Math.random,
          observer: options.observer,
          slowStart: options.slowStart,
          zone: options.zone,
        });
        open.set(service, upstream);
      }
      return upstream;
    },
    all: () => [...open.values()],
  };
}
