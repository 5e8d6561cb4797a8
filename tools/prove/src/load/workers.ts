import { type Answer, CookieJar } from '../client/http-client.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { Random } from './random.ts';
import { openLoop, pacedLoop } from './open-loop.ts';
import { type Operation, readAnswer, readFault } from './operation.ts';
import { type Mix, type RequestKind, pickKind, visit } from './requests.ts';

export interface LoadPlan {
  readonly perSecond: number;
  /** It ends by itself after this time. */
  readonly limitMs: number;
  readonly mix: Mix;
  /** Clients, each with a session of its own. */
  readonly workers: number;
  /** Each client rests so long before each of its requests, in place of a rate for all. */
  readonly restMs?: () => number;
  /** Which of them keep their connections: every second one unless said otherwise. */
  readonly connections?: 'new' | 'kept' | 'both';
  /** How long a client waits; above every deadline of the fleet, so that the fleet's own answer is seen. */
  readonly timeoutMs?: number;
}

export interface RunningLoad {
  /** So far, in the order in which they ended. Grows until `stop` has returned. */
  readonly operations: readonly Operation[];
  readonly inFlight: number;
  readonly plan: LoadPlan;
  /** Sends no more, waits for what is under way, gives the whole history. */
  stop(): Promise<readonly Operation[]>;
}

interface Worker {
  readonly id: number;
  readonly connection: 'new' | 'kept';
  readonly send: (kind: RequestKind) => Promise<Answer>;
}

const CLIENT_WAITS_MS = 20_000;
/** Of one client that keeps connections. */
const SOCKETS_MAX = 32;

/** Milliseconds since 1970 that never go back. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Opens the clients' sessions, then sends at a fixed rate whatever the answers do. Records each request, retries none. */
export async function startLoad(edge: EdgeProxy, plan: LoadPlan, random: Random): Promise<RunningLoad> {
  const operations: Operation[] = [];
  const agents: { destroy(): void }[] = [];
  const workers = Array.from({ length: plan.workers }, (_, id): Worker => {
    const jar = new CookieJar();
    const isKept = plan.connections === 'kept' || (plan.connections !== 'new' && id % 2 === 1);
    const agent = isKept ? edge.keptConnections(SOCKETS_MAX) : undefined;
    if (agent) agents.push(agent);
    const options = { timeoutMs: plan.timeoutMs ?? CLIENT_WAITS_MS, ...(agent ? { agent } : {}) };
    return {
      id,
      connection: isKept ? 'kept' : 'new',
      send: ({ path, options: own, isOfStranger }) =>
        edge.askAs(isOfStranger ? new CookieJar() : jar, path, { ...options, ...own }),
    };
  });
  const record = async (worker: Worker, kind: RequestKind): Promise<void> => {
    const invokedMs = nowMs();
    const reading = await worker.send(kind).then(readAnswer, readFault);
    const { name, retryPolicy } = kind;
    const { id, connection } = worker;
    operations.push({ worker: id, kind: name, retryPolicy, connection, invokedMs, endedMs: nowMs(), ...reading });
  };
  // A session's first request makes it; a second one beside that would make another.
  for (const worker of workers) await record(worker, visit);
  const send = (worker: Worker): Promise<void> => record(worker, pickKind(plan.mix, random.next()));
  const { restMs, limitMs } = plan;
  const loop = restMs
    ? pacedLoop((who) => send(workers[who] as Worker), { count: plan.workers, restMs, limitMs })
    : openLoop(() => send(random.of(workers)), plan);
  return {
    operations,
    plan,
    get inFlight() {
      return loop.inFlight;
    },
    stop: async () => {
      await loop.stop();
      for (const agent of agents) agent.destroy();
      return operations;
    },
  };
}
