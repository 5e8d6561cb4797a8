import type { Redis } from 'ioredis';
import { redisAddress } from './address.ts';
import { ClockWatch } from './clock-watch.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { insideRun, isInsideRun, outsideBudget, remainingBudgetMs } from './budget.ts';
import type { RedisAccess } from './client-options.ts';
import { DeadlineError, withDeadline } from '@nestfleet/timing';
import { durabilityWatch } from './durability-watch.ts';
import {
  RedisMemoryLowError,
  RedisOutcomeUnknownError,
  RedisUnavailableError,
  RedisWritesRefusedError,
} from './errors.ts';
import { describeFault, redisFault, UNKNOWN_REPLY } from './faults.ts';
import { heardFrom, isLongAnswer } from './heard.ts';
import { keySpace } from './key-space.ts';
import type { RedisClient, Route } from './link.ts';
import { type RedisLog, silentLog } from './log.ts';
import { MemoryWatch } from './memory-watch.ts';
import { openClient } from './open-client.ts';
import { processPace } from './reconnect-pace.ts';
import { RefusalWatch } from './refusal-watch.ts';
import { unknownReplyLog } from './unknown-reply-log.ts';
import { writeProbe } from './write-probe.ts';

export interface RedisConnectionOptions extends RedisAccess {
  /** `redis://`, `redis+sentinel://` or `redis+cluster://`; `rediss` for TLS. */
  readonly url: string;
  readonly namespace: string;
  /** Longest time that one `run` may take. @default 500 */
  readonly commandTimeoutMs?: number;
  readonly log?: RedisLog;
  /** From 0 to below 1; spreads reconnections. @default Math.random */
  readonly random?: () => number;
  /** Beginning of the keys that `checkWrites` writes, one for each hash tag. @default that of the namespace's own keys */
  readonly probeKey?: (tag: string) => string;
}

export interface RunOptions {
  /** Doing it twice is as good as once (reads, deletes): a lost answer is then `redis_unavailable`, not unknown. @default false */
  readonly idempotent?: boolean;
  /**
   * A key of the work. In a cluster it says which node is asked: one that is unreachable or hangs then fails alone. Without it the
   * work may go to any node.
   */
  readonly key?: string;
  /**
   * The work gives one command or script and ends with it, so that no `run` can be inside of it: cheaper than one which has to be known
   * to those. @default false
   */
  readonly isOneCommand?: boolean;
}

export interface RedisConnection {
  /** The ioredis client. Commands given to it outside of `run` have no deadline. */
  readonly client: RedisClient;
  /** A cluster: one script keeps to keys of one hash tag. Otherwise it may take keys of several, see `LuaScript.runAcross`. */
  readonly sharded: boolean;
  /**
   * Runs `work`, best one command or script, within the command time-out and what is left of the budget.
   * Rejects with RedisUnavailableError (not sent or refused), RedisWritesRefusedError (one of these) or
   * RedisOutcomeUnknownError (sent, and no answer or an unknown one), as the table of faults says; replies that are answers
   * there and errors of `work` itself come through as they are. A `run` inside a `run` joins the outer one.
   */
  run<T>(work: (client: RedisClient) => Promise<T>, options?: RunOptions): Promise<T>;
  /**
   * One more client of the same Redis, whose commands wait for a connection and are sent again: for workers of a queue, which
   * can do with twice, never for requests. A socket on which an awaited answer does not come for `silentMs` is replaced. Whoever
   * asked for it disconnects it, and waits before it asks again for what was refused.
   */
  retryingClient(silentMs: number): RedisClient;
  /** The client of the one server that holds `key`, for commands that name no key (SCAN); undefined while it is unreachable. */
  nodeOf(key: string): Redis | undefined;
  /** Resolves with the first connection, in a cluster to all primaries; tries for ever and rejects only when closed before. */
  ready(): Promise<void>;
  /** Round trip in milliseconds, in a cluster the longest to a primary; rejects like `run`. */
  ping(): Promise<number>;
  /**
   * As `ping`, behind a small write, in a cluster on each primary; rejects while Redis refuses writes, or lately did for want of a
   * permission, and while three quarters of its memory are in use. One write a second at most: further calls share its end.
   */
  checkWrites(): Promise<number>;
  /**
   * Whether the server that holds `key` has room for so many bytes with no more than this share of its `maxmemory` in use. They
   * count from then on, so that who asks writes them. Never waits: what is seen is a second old at most. True without a bound.
   */
  hasRoom(key: string, bytes: number, upToShare: number): boolean;
  /** `down` without a connection and while Redis, or a primary of the cluster, does not answer. */
  status(): 'up' | 'down';
  /** Waits up to 1 s for what is under way, then disconnects. */
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 500;
/** What is sent with less time than this mostly ends unknown. */
const DEADLINE_MIN_MS = 5;
/** What a budget has behind its end where Redis has missed no deadline: then our own process stood still, or took the time. */
const GRACE_MS = 100;
const TIMEOUTS_TO_OPEN = 3;
const OPEN_FOR_MS = 250;
/** How long short answers may all come late before no more is sent. A long answer may take longer, see `isLongAnswer`. */
const LATE_FOR_MS = 2_000;
const QUIT_WITHIN_MS = 1_000;
const ENDED_WITHIN_MS = 250;

const newBreaker = () =>
  new CircuitBreaker({
    timeoutsToOpen: TIMEOUTS_TO_OPEN,
    openForMs: OPEN_FOR_MS,
    lateForMs: LATE_FOR_MS,
    nowMs: () => performance.now(),
  });

/**
 * `connectRedis` connects in the background, at once and for ever. Throws RedisError `redis_url` or `namespace` for what can
 * never work.
 */
export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { url, commandTimeoutMs = COMMAND_TIMEOUT_MS, log = silentLog, random = Math.random, ...access } = options;
  const keys = keySpace(options.namespace);
  const { namespace } = keys;
  const { probeKey = (tag: string) => keys.tagged(tag) } = options;
  const address = redisAddress(url);
  const reportRisks = durabilityWatch(log, address.kind !== 'single');
  const tellUnknown = unknownReplyLog(log);
  const clocks = new ClockWatch({
    log,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    timeOf: (node) => node.time(),
  });
  const memory = new MemoryWatch({
    log,
    nowMs: () => performance.now(),
    infoOf: (node) => node.info('memory'),
  });
  const onUp = (routes: readonly Route[]) => {
    const nodes = routes.map(({ node }) => node);
    void reportRisks(nodes);
    void clocks.look(nodes);
    void memory.lowOf(nodes);
  };
  const watch = new RefusalWatch({
    log,
    // Whoever was refused has a budget, which is over by then.
    probe: () => outsideBudget(() => probe.once()),
    reconnect: (redis) => link.reconnect(redis),
    pace: processPace,
    random,
    nowMs: () => performance.now(),
  });
  const opened = openClient({ address, access, namespace, commandTimeoutMs, random }, log, {
    newBreaker,
    onUp,
    onFault: (fault, redis) => watch.refused(fault, redis),
  });
  const { link } = opened;
  const { client } = link;
  const connectedNodes = () => (link.allRoutes() ?? []).map(({ node }) => node);
  const probe = writeProbe({
    keyOf: (tag) => `${probeKey(tag)}write-probe`,
    owners: () => link.owners(),
    ownerOf: (key) => link.ownerOf(key),
    // By the client, which follows a key that has moved to another node.
    write: (key, work) => guarded(link.route(key), () => work(client), true),
    onPassed: () => watch.accepted(),
  });

  async function guarded<T>(route: Route | undefined, work: () => Promise<T>, idempotent: boolean): Promise<T> {
    if (route === undefined) throw new RedisUnavailableError('no connection to Redis; not sent');
    const { breaker } = route;
    const leftMs = remainingBudgetMs(breaker.isAnswering ? GRACE_MS : 0);
    const deadlineMs = Math.floor(Math.min(commandTimeoutMs, leftMs));
    if (deadlineMs < DEADLINE_MIN_MS) throw new RedisUnavailableError('the time for Redis is used up; not sent');
    clocks.lookIfOld(connectedNodes);
    const heard = heardFrom(route.node);
    const { bytes, chunks } = heard;
    const permit = breaker.tryAcquire();
    if (permit === undefined) throw new RedisUnavailableError('Redis does not answer at present; not sent');
    try {
      const answer = await withDeadline(work(), deadlineMs);
      breaker.recordSuccess();
      return answer;
    } catch (error) {
      const fault = redisFault(error);
      const missed = error instanceof DeadlineError;
      if (missed) breaker.recordMissedDeadline();
      const timedOut = missed && deadlineMs >= commandTimeoutMs / 2;
      // A deadline far below the usual one says more about the budget than about Redis; and a Redis that was heard meanwhile
      // does not hang: a long answer to somebody else stands before this one.
      const isSilent = performance.now() - heard.atMs >= deadlineMs / 2;
      if (timedOut && isSilent) breaker.recordTimeout(permit);
      else if (timedOut && !isLongAnswer(heard, { bytes, chunks })) breaker.recordLate(permit);
      else if (error instanceof Error && error.name === 'ReplyError') breaker.recordSuccess();
      else breaker.release(permit);
      if (fault === undefined || fault.code === 'answer') throw error;
      link.recordFailure(error);
      watch.refused(fault);
      const words = describeFault(fault, error);
      if (fault === UNKNOWN_REPLY) tellUnknown(words);
      if (fault.code === 'redis_writes_refused') throw new RedisWritesRefusedError(words, { cause: error });
      if (fault.ran === 'no' || idempotent) throw new RedisUnavailableError(words, { cause: error });
      throw new RedisOutcomeUnknownError(words, { cause: error });
    }
  }

  async function ping(): Promise<number> {
    const startMs = performance.now();
    const pingOne = (route?: Route) => guarded(route, async () => (route?.node ?? client).ping(), true);
    if (isInsideRun(link)) await client.ping();
    else await Promise.all((link.allRoutes() ?? [undefined]).map(pingOne));
    return performance.now() - startMs;
  }

  const run: RedisConnection['run'] = (work, { idempotent = false, key, isOneCommand = false } = {}) => {
    if (isInsideRun(link)) return work(client);
    const known = isOneCommand ? () => work(client) : () => insideRun(link, () => work(client));
    return guarded(link.route(key), known, idempotent);
  };

  return {
    client,
    sharded: link.sharded,
    run,
    retryingClient(silentMs) {
      const retrying = opened.retrying(silentMs);
      // Without a listener ioredis prints each fault on the console.
      retrying.on('error', () => undefined);
      return retrying;
    },
    nodeOf: (key) => link.route(key)?.node,
    ready: () => link.ready,
    ping,
    async checkWrites() {
      await outsideBudget(() => probe.recent());
      if (watch.refusal !== undefined) throw new RedisWritesRefusedError(watch.refusal);
      // What the probe found may be a second old; a connection that is lost shows at once.
      const roundTripMs = await ping();
      const low = await memory.lowOf(connectedNodes());
      if (low !== undefined) throw new RedisMemoryLowError(low);
      return roundTripMs;
    },
    hasRoom(key, bytes, upToShare) {
      const node = link.route(key)?.node;
      // Workers may ask for nothing else on this connection.
      clocks.lookIfOld(connectedNodes);
      return node === undefined || memory.hasRoom(node, bytes, upToShare);
    },
    status: () => (link.allRoutes()?.every(({ breaker }) => !breaker.isOpen) === true ? 'up' : 'down'),
    async close() {
      link.beginClose();
      watch.close();
      memory.close();
      opened.close();
      if (link.route() !== undefined) await withDeadline(client.quit(), QUIT_WITHIN_MS).catch(() => undefined);
      // Between two attempts there is nothing to end, and ioredis then says nothing either.
      const idle = ['reconnecting', 'close', 'end'].includes(client.status);
      const sockets = link.sockets();
      client.disconnect();
      // The polite end waits for the other side, which may hang.
      for (const socket of sockets) socket.destroy();
      if (!idle) await withDeadline(link.ended, ENDED_WITHIN_MS).catch(() => undefined);
    },
  };
}
