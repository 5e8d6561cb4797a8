import type { Topology } from '@nestfleet/contracts';
import { reactive, shallowReactive } from 'vue';
import type { Backend, BackendProblem } from '../backends/backend.ts';
import type { Clock } from './clock.ts';
import { createPoller } from './polling.ts';

export const TOPOLOGY_INTERVAL_MS = 3_000;

/** Instances that pass their health check, of all. */
export function countPassing(instances: readonly { health: string }[]): { passing: number; all: number } {
  return { passing: instances.filter((instance) => instance.health === 'passing').length, all: instances.length };
}

/** A span in its largest unit: 4000 → "4 s", 7200000 → "2 h". */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The command that adds one replica; null for services that the local engine does not scale by it. */
export function scaleCommand(service: string, replicas: number): string | null {
  if (service === 'api') return `make scale N=${replicas + 1}`;
  if (service === 'worker') return `make scale SERVICE=worker N=${replicas + 1}`;
  return null;
}

export function createTopology(backend: Backend, clock: Clock, report: (problem: BackendProblem | null) => void) {
  const view = shallowReactive({ last: null as Topology | null });
  const poller = createPoller(
    async () => {
      view.last = (await backend.topology()).body;
    },
    { intervalMs: TOPOLOGY_INTERVAL_MS, clock, report },
  );
  return reactive({ view, setActive: poller.setActive, refreshNow: poller.runNow });
}
export type TopologyState = ReturnType<typeof createTopology>;
