import { type Cluster, Redis } from 'ioredis';
import { Breaker } from './breaker.ts';
import { insideRun, isInsideRun, remainingBudgetMs } from './budget.ts';
import { clientOptions } from './client-options.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import { RedisOutcomeUnknownError, RedisUnavailableError } from './errors.ts';
import { faultKind } from './faults.ts';
import { keySpace } from './key-space.ts';
import { watchLink } from './link.ts';
import { type RedisLog, silentLog } from './log.ts';

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` (TLS). */
  readonly url: string;
  readonly namespace: string;
  /** Longest time that one `run` may take, milliseconds; default 500. */
  readonly commandTimeoutMs?: number;
  readonly log?: RedisLog;
  /** From 0 to below 1; spreads reconnections. */
  readonly random?: () => number;
}

/** What commands are given to. */
export type RedisClient = Redis | Cluster;

export interface RunOptions {
  /** Doing it twice is as good as once (reads, deletes): a lost answer is then `redis_unavailable`, not unknown. */
  readonly idempotent?: boolean;
  /** A key of the work. In a cluster it says which node is asked, so that one that hangs fails alone. */
  readonly key?: string;
}

export interface RedisConnection {
  /** The ioredis client. Commands given to it outside of `run` have no deadline. */
  readonly client: RedisClient;
  /** A cluster: one script keeps to keys of one hash tag. Otherwise it may take keys of several, see `LuaScript.runAcross`. */
  readonly sharded: boolean;
  /**
   * Runs `work`, best one command or script, within the command time-out and what is left of the budget.
   * Rejects with RedisUnavailableError (not sent or refused) or RedisOutcomeUnknownError (sent, no answer); error replies
   * of Redis and errors of `work` itself come through as they are. A `run` inside a `run` joins the outer one.
   */
  run<T>(work: (client: RedisClient) => Promise<T>, options?: RunOptions): Promise<T>;
  /**
   * One more client of the same Redis, whose commands wait for a connection and are sent again: for workers of a queue, which
   * can do with twice, never for requests. A socket on which an awaited answer does not come for `silentMs` is replaced.
   * Whoever asked for it disconnects it.
   */
  patientClient(silentMs: number): RedisClient;
  /** Resolves with the first connection; tries for ever and rejects only when closed before. */
  ready(): Promise<void>;
  /** Round trip in milliseconds; rejects like `run`. */
  ping(): Promise<number>;
  /** `down` without a connection and while Redis does not answer. */
  status(): 'up' | 'down';
  /** Waits up to 1 s for what is under way, then disconnects. */
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 500;
/** What is sent with less time than this mostly ends unknown. */
const DEADLINE_MIN_MS = 5;
const TIMEOUTS_TO_OPEN = 3;
const OPEN_FOR_MS = 250;
const QUIT_WITHIN_MS = 1_000;

/**
 * Connects in the background, at once and for ever. Throws RedisError `redis_url` or `namespace` for what can never work.
 */
export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { url, commandTimeoutMs = COMMAND_TIMEOUT_MS, log = silentLog, random = Math.random } = options;
  const { namespace } = keySpace(options.namespace);
  const client = new Redis(clientOptions({ url, namespace, commandTimeoutMs, random }));
  const breaker = new Breaker({
    timeoutsToOpen: TIMEOUTS_TO_OPEN,
    openForMs: OPEN_FOR_MS,
    nowMs: () => performance.now(),
  });
  const link = watchLink(client, log, () => breaker.answered());

  async function guarded<T>(work: (client: RedisClient) => Promise<T>, idempotent: boolean): Promise<T> {
    const deadlineMs = Math.floor(Math.min(commandTimeoutMs, remainingBudgetMs()));
    if (deadlineMs < DEADLINE_MIN_MS) throw new RedisUnavailableError('the time for Redis is used up; not sent');
    if (!link.isUp()) throw new RedisUnavailableError('no connection to Redis; not sent');
    const entry = breaker.enter();
    if (entry === undefined) throw new RedisUnavailableError('Redis does not answer at present; not sent');
    try {
      const answer = await withDeadline(
        insideRun(link, () => work(client)),
        deadlineMs,
      );
      breaker.answered();
      return answer;
    } catch (error) {
      const timedOut = error instanceof DeadlineError;
      const kind = timedOut ? 'lost' : faultKind(error);
      // A deadline far below the usual one says more about the budget than about Redis.
      if (timedOut && deadlineMs >= commandTimeoutMs / 2) breaker.timedOut(entry);
      else if (error instanceof Error && error.name === 'ReplyError') breaker.answered();
      else breaker.left(entry);
      if (kind === 'other') throw error;
      if (kind === 'refused') throw new RedisUnavailableError('Redis refused the command', { cause: error });
      if (idempotent) throw new RedisUnavailableError('no answer from Redis', { cause: error });
      throw new RedisOutcomeUnknownError('sent to Redis, no answer', { cause: error });
    }
  }

  const run: RedisConnection['run'] = (work, { idempotent = false } = {}) =>
    isInsideRun(link) ? work(client) : guarded(work, idempotent);

  return {
    client,
    sharded: false,
    run,
    patientClient(silentMs) {
      const patient = client.duplicate({
        maxRetriesPerRequest: null,
        enableOfflineQueue: true,
        autoResendUnfulfilledCommands: true,
        socketTimeout: silentMs,
      });
      // Without a listener ioredis prints each fault on the console.
      patient.on('error', () => undefined);
      return patient;
    },
    ready: () => link.ready,
    async ping() {
      const startMs = performance.now();
      await run((redis) => redis.ping(), { idempotent: true });
      return performance.now() - startMs;
    },
    status: () => (link.isUp() && !breaker.isOpen ? 'up' : 'down'),
    async close() {
      link.leave();
      if (link.isUp()) await withDeadline(client.quit(), QUIT_WITHIN_MS).catch(() => undefined);
      // Between two attempts there is nothing to end, and ioredis then says nothing either.
      const idle = client.status === 'reconnecting' || client.status === 'end';
      client.disconnect();
      // The polite end waits for the other side, which may hang.
      client.stream?.destroy();
      if (!idle) await link.ended;
    },
  };
}
