import {
  declarationOf,
  SERVICE_NAMES,
  type ServiceName,
  type StoredValue,
  type Topology,
  type TopologyInstance,
} from '@nestfleet/contracts';
import type { Clock } from '../browser/clock.ts';
import { type Answer, type Backend, BackendProblem } from './backend.ts';
import { type DemoJob, jobAt } from './demo-jobs.ts';

/** As many as a fleet has that does not say how many. */
function replicasOf(service: ServiceName): string[] {
  const { replicas, shortName } = declarationOf(service);
  return Array.from({ length: replicas }, (_, index) => `${shortName}-${index + 1}`);
}
const API = replicasOf('api');
const WORKERS = replicasOf('worker');
const FIRST_PORT = 40_311;
const PORTS_PER_SERVICE = 100;
const JOBS_MAX = 100;
const RETRY_AFTER_MS = 1_000;

export interface DemoBackend extends Backend {
  /** While true, all that needs Redis answers as the fleet would: 503 with Retry-After. */
  setRedisDown(isDown: boolean): void;
  /** The gateway of the demo has ejected this replica until then, milliseconds since 1970. */
  eject(name: string, untilMs: number): void;
}

const redisUnavailable = (requestId: string): BackendProblem =>
  new BackendProblem(
    {
      type: 'about:blank#redis_unavailable',
      title: 'Shared state is unavailable',
      status: 503,
      detail: 'Redis cannot be reached; nothing was changed.',
      code: 'redis_unavailable',
      request_id: requestId,
    },
    RETRY_AFTER_MS,
  );

const noSuch = (what: string, requestId: string): BackendProblem =>
  new BackendProblem({
    type: 'about:blank#not_found',
    title: 'Not found',
    status: 404,
    detail: `There is no ${what}.`,
    code: 'not_found',
    request_id: requestId,
  });

/** A fleet in memory, for a page without servers and for tests. It answers as the real one does, from its own clock. */
export function createDemoBackend(clock: Clock): DemoBackend {
  const startedAtMs = clock.nowMs();
  const values = new Map<string, StoredValue>();
  const jobs: DemoJob[] = [];
  const idOfKey = new Map<string, string>();
  let requests = 0;
  let visits = 0;
  let globalVisits = 48_210;
  let isRedisDown = false;
  const ejections = new Map<string, TopologyInstance['ejected_by']>();
  let lastApi = 0;
  let lastVersion = 0;

  const pick = (names: readonly string[]): string => names[Math.floor(clock.random() * names.length)] ?? 'none';
  /** Like the gateway's balancer: even over time, but never in a fixed order. */
  function pickApi(): string {
    lastApi = (lastApi + 1 + Math.floor(clock.random() * (API.length - 1))) % API.length;
    return API[lastApi] ?? 'none';
  }
  const instanceIdOf = (name: string): string => `${name}-${startedAtMs - 214_000}`;

  function answer<T>(work: (requestId: string) => T, needsRedis = true): Promise<Answer<T>> {
    requests += 1;
    const requestId = `demo-${requests}-${Math.floor(clock.random() * 2 ** 32).toString(16)}`;
    const latencyMs = 2 + Math.floor(clock.random() ** 3 * 16);
    return new Promise((resolve, reject) => {
      clock.after(latencyMs, () => {
        try {
          if (needsRedis && isRedisDown) throw redisUnavailable(requestId);
          resolve({ body: work(requestId), requestId, latencyMs });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  const now = (job: DemoJob) => jobAt(job, clock.nowMs() - job.enqueuedAtMs);

  function instance(name: string, index: number, firstPort: number): TopologyInstance {
    return {
      id: instanceIdOf(name),
      name,
      address: '127.0.0.1',
      port: firstPort + index * 17,
      health: 'passing',
      version: '0.1.0',
      epoch: startedAtMs - 214_000 + index * 40_000,
      control: {
        as_of_ms: clock.nowMs(),
        phase: 'serving',
        load: { requests_per_second: 4 + index, in_flight: index },
        event_loop_lag: { p50_ms: 0.2, p99_ms: 1.4 },
        memory: { rss_bytes: 92_000_000 + index * 3_000_000, heap_used_bytes: 31_000_000 },
        upstreams: [],
      },
      ejected_by: ejections.get(name) ?? [],
    };
  }

  function describeFleet(): Topology {
    return {
      services: SERVICE_NAMES.map((name, at) => ({
        name,
        as_of_ms: clock.nowMs(),
        stale: false,
        instances: replicasOf(name).map((each, index) => instance(each, index, FIRST_PORT + at * PORTS_PER_SERVICE)),
      })),
    };
  }

  return {
    isDemo: true,
    setRedisDown: (next) => {
      isRedisDown = next;
    },
    eject: (name, untilMs) => {
      const [gateway = ''] = replicasOf('frontend-gateway');
      ejections.set(name, [{ id: instanceIdOf(gateway), name: gateway, why: 'error', failures: 5, until_ms: untilMs }]);
    },
    visit: () =>
      answer(() => {
        visits += 1;
        globalVisits += 1 + Math.floor(clock.random() * 3);
        const served_by = pickApi();
        return {
          served_by,
          hostname: 'demo',
          instance_id: instanceIdOf(served_by),
          message: 'Hello from the demo',
          session_id: '5f2c9a17e04b8d36a1c7f08b92de4410',
          session_count: visits,
          global_count: globalVisits,
        };
      }),
    enqueue: (post, idempotencyKey) =>
      answer(() => {
        const known = idOfKey.get(idempotencyKey);
        const id = known ?? `${post.name}.${requests.toString(36).padStart(6, '0')}`;
        if (known === undefined) {
          idOfKey.set(idempotencyKey, id);
          jobs.unshift({ id, post, enqueuedAtMs: clock.nowMs(), worker: pick(WORKERS) });
          jobs.length = Math.min(jobs.length, JOBS_MAX);
        }
        return { id, name: post.name, outcome: known === undefined ? 'created' : 'existing', served_by: pickApi() };
      }),
    findJob: (id) =>
      answer((requestId) => {
        const found = jobs.find((job) => job.id === id);
        if (found === undefined) throw noSuch(`job ${id}`, requestId);
        return now(found);
      }),
    listJobs: (limit) => answer(() => ({ jobs: jobs.slice(0, limit).map(now) })),
    putValue: (key, value) =>
      answer(() => {
        lastVersion = Math.max(lastVersion + 1, clock.nowMs() * 1_000);
        const stored = { key, value, version: lastVersion, ttl_ms: null, served_by: pickApi() };
        values.set(key, stored);
        return stored;
      }),
    getValue: (key) =>
      answer((requestId) => {
        const stored = values.get(key);
        if (stored === undefined) throw noSuch(`value ${key}`, requestId);
        return { ...stored, served_by: pickApi() };
      }),
    topology: () => answer(describeFleet, false),
  };
}
