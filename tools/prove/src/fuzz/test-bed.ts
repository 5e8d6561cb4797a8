import { join } from 'node:path';
import { DOCS_PATH, HEALTH_PATHS } from '@nestfleet/contracts';
import type { Random } from '../load/random.ts';
import { type FuzzingReplica, startFuzzingReplica } from './fuzzing-replica.ts';
import type { Surface } from './request-plan.ts';
import { type TargetProcess, startTarget } from './target-process.ts';

/** Connections that a gateway may have to one replica: few, so that one that is not given back is missed. */
export const CONNECTIONS_MAX = 24;

/** One front that connections are sent to. */
export interface Front {
  readonly surface: Surface;
  readonly process: TargetProcess;
  readonly port: number;
  /** Its upstreams are fuzzing replicas. */
  readonly hasFuzzingReplicas: boolean;
}

export interface TestBed {
  readonly fronts: readonly Front[];
  readonly processes: readonly TargetProcess[];
  readonly replicas: readonly FuzzingReplica[];
  dispose(): void;
}

export interface TestBedOptions {
  readonly random: Random;
  /** Where the built apps are. */
  readonly appsDir: string;
  /** Without one there is no api, and only the gateway before fuzzing replicas is attacked. */
  readonly redisUrl: string | undefined;
  readonly onOdd: (words: string) => void;
}

/** Short, so that what waits for a time-out is over soon after a round. */
const gatewayTimes = {
  UPSTREAM_ATTEMPT_MS: '300',
  UPSTREAM_DEADLINE_MS: '1000',
  UPSTREAM_SILENCE_MS: '1500',
  UPSTREAM_CONNECTIONS_MAX: String(CONNECTIONS_MAX),
};

const gatewayOf = (name: string, appsDir: string, ports: readonly number[]): Promise<TargetProcess> =>
  startTarget(name, join(appsDir, 'frontend-gateway'), {
    ...gatewayTimes,
    INSTANCE_NAME: name,
    DISCOVERY: 'fixed',
    DISCOVERY_FIXED: `api=${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
  });

const GATEWAY_PATHS = [
  '/topology',
  '/whoami',
  '/',
  HEALTH_PATHS.live,
  HEALTH_PATHS.ready,
  '/nothing-here',
  '/assets/../TOKEN',
];
const API_PATHS = [
  '/whoami',
  '/visits',
  '/session',
  '/values/fuzz',
  '/counters/fuzz',
  '/jobs',
  DOCS_PATH,
  '/nothing/TOKEN',
  '/get/fuzz',
  '/diagnostics/headers',
  '/diagnostics/wait?ms=80',
  '/diagnostics/bytes?size=30000',
  '/diagnostics/stream?events=5&interval_ms=20',
];
const repeated = (times: number, path: string): string[] => Array.from({ length: times }, () => path);

/** Starts all that a run needs, on ports of its own. */
export async function openTestBed({ random, appsDir, redisUrl, onOdd }: TestBedOptions): Promise<TestBed> {
  const ends: (() => void)[] = [];
  const kept = <T extends TargetProcess>(target: T): T => {
    ends.push(() => target.kill());
    return target;
  };
  const dispose = (): void => ends.splice(0).forEach((end) => end());
  try {
    const replicas = await Promise.all([startFuzzingReplica(random, onOdd), startFuzzingReplica(random, onOdd)]);
    for (const replica of replicas) ends.push(() => replica.close());
    const gateway = kept(
      await gatewayOf(
        'gateway',
        appsDir,
        replicas.map(({ port }) => port),
      ),
    );
    const paths = [...repeated(30, '/api/fuzz/TOKEN'), ...GATEWAY_PATHS];
    const fronts = [
      { surface: { name: 'gateway', paths }, process: gateway, port: gateway.ports.http!, hasFuzzingReplicas: true },
    ];
    if (redisUrl === undefined) return { fronts, processes: [gateway], replicas, dispose };
    const api = kept(await apiOf(appsDir, redisUrl));
    const gatewayOfApi = kept(await gatewayOf('gateway-of-api', appsDir, [api.ports.http!]));
    const prefixed = API_PATHS.map((path) => `/api${path}`);
    return {
      fronts: [
        ...fronts,
        { surface: { name: 'api', paths: API_PATHS }, process: api, port: api.ports.http!, hasFuzzingReplicas: false },
        {
          surface: { name: 'gateway-of-api', paths: prefixed },
          process: gatewayOfApi,
          port: gatewayOfApi.ports.http!,
          hasFuzzingReplicas: false,
        },
      ],
      processes: [gateway, api, gatewayOfApi],
      replicas,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

const apiOf = (appsDir: string, redisUrl: string): Promise<TargetProcess> =>
  startTarget('api', join(appsDir, 'api'), {
    INSTANCE_NAME: 'api-1',
    RPC_PORT: '0',
    REDIS_URL: redisUrl,
    NAMESPACE: `fuzz-${process.pid}`,
    DISCOVERY: 'fixed',
    DISCOVERY_FIXED: 'api=127.0.0.1:1',
    DIAGNOSTIC_ROUTES: 'true',
  });
