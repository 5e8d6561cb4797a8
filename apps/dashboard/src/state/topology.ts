import type { Topology, TopologyInstance } from '@nestfleet/contracts';
import { reactive, shallowReactive } from 'vue';
import type { Backend, BackendProblem } from '../backends/backend.ts';
import type { Clock } from '../browser/clock.ts';
import { createPoller } from './polling.ts';

const TOPOLOGY_INTERVAL_MS = 3_000;

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

type Report = NonNullable<TopologyInstance['control']>;

/** How an instance is doing, by itself: "4.5 requests/s, 2 in flight, lag 1.4 ms, 92 MB". */
export function formatReport({ phase, load, event_loop_lag: lag, memory }: Report): string {
  const parts = [
    `${load.requests_per_second} requests/s`,
    `${load.in_flight} in flight`,
    `lag ${lag.p99_ms} ms`,
    `${Math.round(memory.rss_bytes / 1e6)} MB`,
  ];
  return (phase === 'serving' ? parts : [phase, ...parts]).join(', ');
}

type Ejection = TopologyInstance['ejected_by'][number];

const REASONS: Record<Exclude<Ejection['why'], 'success_rate'>, string> = {
  refused: 'refused connection',
  timeout: 'timeout',
  error: 'error',
  broken: 'broken answer',
};

/** formatEjection: who sends the instance no requests, why, until when: "ejected by gateway-1: 5 errors in a row, 8 s left". */
export function formatEjection({ name, why, failures, until_ms }: Ejection, nowMs: number): string {
  const leftMs = until_ms - nowMs;
  const until = leftMs > 0 ? `${formatAge(leftMs + 999)} left` : 'waits for a probe';
  return `ejected by ${name}: ${formatReason(why, failures)}, ${until}`;
}

function formatReason(why: Ejection['why'], failures: number): string {
  if (why === 'success_rate') return `${failures} failures, more often than its siblings`;
  return failures > 1 ? `${failures} ${REASONS[why]}s in a row` : `a ${REASONS[why]}`;
}

/** The command that adds one replica; null for the gateway, of which containers may have room for one alone. */
export function scaleCommand(service: string, replicas: number): string | null {
  if (service === 'frontend-gateway') return null;
  return `make scale ${service === 'api' ? '' : `SERVICE=${service} `}N=${replicas + 1}`;
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
