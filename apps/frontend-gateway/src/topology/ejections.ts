import type { TopologyInstance, UpstreamView } from '@nestfleet/contracts';

type Ejections = TopologyInstance['ejected_by'];

/** Observer is an instance that calls others, with how it sees them. */
export interface Observer {
  readonly id: string;
  readonly name: string;
  readonly upstreams: readonly UpstreamView[];
}

/**
 * ejectionsOf turns what each observer says of the instances that it calls into what is said of each instance.
 * @param observers of several with one id the first counts
 */
export function ejectionsOf(observers: Iterable<Observer>): (instanceId: string) => Ejections {
  const byInstance = new Map<string, Ejections>();
  const seen = new Set<string>();
  for (const { id, name, upstreams } of observers) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const { id: instanceId, ...why } of upstreams.flatMap(({ ejected }) => ejected)) {
      const ejections = byInstance.get(instanceId) ?? [];
      ejections.push({ id, name, ...why });
      byInstance.set(instanceId, ejections);
    }
  }
  return (instanceId) => byInstance.get(instanceId) ?? [];
}
