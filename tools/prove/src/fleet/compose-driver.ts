import { until } from '../until.ts';
import { composeEdge } from './compose-edge.ts';
import { type Container, containersOf, docker } from './containers.ts';
import type { FleetDriver } from './driver.ts';

const HEALED_WITHIN_MS = 60_000;

export interface ComposeFleet {
  readonly project: string;
  /** The service that publishes the front door's port. */
  readonly doorService: string;
  /** How this fleet is scaled and ended: through `make`, or through Compose with the files that it came up with. */
  readonly scale: (count: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** A fleet of containers: looked at and hit through Docker, by its Compose project alone. */
export function composeDriver({ project, doorService, scale, dispose }: ComposeFleet): FleetDriver {
  const healthy = async (service: string): Promise<Container[]> =>
    (await containersOf(project)).filter((each) => each.service === service && each.healthy);
  return {
    engine: 'docker',
    // Whoever comes by a published port comes from the network's own gateway.
    strangerAddress: undefined,
    ready: async (service) => (await healthy(service)).map(({ id, servedBy }) => ({ id, servedBy })),
    scale: async (_service, count) => scale(count),
    kill: async ({ id }) => {
      await docker('kill', id);
    },
    heal: async ({ id }) => {
      await docker('start', id);
      await until(
        'it is healthy again',
        async () => (await healthy('api')).some((each) => each.id === id),
        HEALED_WITHIN_MS,
        500,
      );
    },
    edge: composeEdge(project, doorService),
    dispose,
  };
}
