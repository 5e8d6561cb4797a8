import { Fleet } from './make-fleet.ts';
import { until } from '../until.ts';
import type { FleetDriver, Replica } from './driver.ts';

const HEALED_WITHIN_MS = 30_000;

/** A fleet of processes: looked at through its state file, changed through `make`, hit by signals. */
export function processDriver(fleet: Fleet): FleetDriver {
  const find = ({ id }: Replica) => fleet.replicas('api').find((each) => each.name === id);
  return {
    engine: 'local',
    // All of 127.0.0.0/8 is this machine on Linux, and the fleet trusts 127.0.0.1 alone.
    strangerAddress: process.platform === 'linux' ? '127.0.0.2' : undefined,
    ready: async (service) => fleet.ready(service).map(({ name }) => ({ id: name, servedBy: name })),
    scale: async (_service, count) => {
      await fleet.make('scale', { N: count });
    },
    kill: async (replica) => {
      const found = find(replica);
      if (!found) throw new Error(`${replica.id} is not there`);
      Fleet.signal(found, 'SIGKILL');
    },
    heal: async (replica) => {
      await until(`${replica.id} is back`, () => find(replica)?.state === 'ready', HEALED_WITHIN_MS);
    },
    edge: undefined,
    dispose: () => fleet.dispose(),
  };
}
