import { isForeignType, luaScript, outsideBudget, redisFault, remainingBudgetMs, replyError } from '@nestfleet/redis';
import { exactCount } from '../counters/amount.ts';
import type { Counters } from '../counters/counters.ts';
import { StateError } from '../errors.ts';
import { type StateKeys, bucketOf } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { type RedisCommands, asStateError } from '../redis-commands.ts';
import { isSessionId } from '../sessions/session-id.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { batchedAdds, perTurn, planScripts, watchDeadlines } from './batching.ts';
import type { VisitCounts, Visits } from './visits.ts';

const countScript = luaScript('count-visits', LUA['count-visits']);

/** What is sent with less time than this mostly ends unknown. */
const SEND_WITHIN_MS = 5;

interface Waiter {
  readonly id: string;
  /** The end of its own request's budget, by `performance.now()`. */
  readonly deadlineMs: number;
  readonly resolve: (counts: VisitCounts | undefined) => void;
  readonly reject: (fault: unknown) => void;
}

/** What the script replies of one visit or of the count over all. */
type Reply = number | string | null;

export interface RedisVisitsParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly sessions: Sessions;
  readonly counters: Counters;
  readonly ttlMs: number;
}

/**
 * The visits of one turn of the event loop share one script, the count over all included. In a cluster, where a script keeps
 * to one hash tag, it is one per session bucket, and then one INCRBY for all that were counted.
 */
export function redisVisits({ commands, keys, sessions, counters, ttlMs }: RedisVisitsParts): Visits {
  let across = !commands.sharded;
  const addToGlobal = batchedAdds((by) => outsideBudget(() => counters.addGlobal(by)));
  // Who happens to be the first of a turn must not end the others with its own budget.
  const enqueue = perTurn<Waiter>((turn) => outsideBudget(() => void send(turn)));

  async function send(turn: readonly Waiter[]): Promise<void> {
    const nowMs = performance.now();
    const isInTime = ({ deadlineMs }: Waiter): boolean => deadlineMs - nowMs >= SEND_WITHIN_MS;
    const late = turn.filter((waiter) => !isInTime(waiter));
    const inTime = late.length === 0 ? turn : turn.filter(isInTime);
    // An error takes its stack along, which costs more than the visits of a turn do.
    if (late.length > 0)
      rejectAll(late, new StateError('state_unavailable', 'the time for Redis is used up; not sent'));
    const unwatch = watchDeadlines(inTime, ({ reject }) =>
      reject(new StateError('state_outcome_unknown', 'sent to Redis, no answer in time')),
    );
    await sendScripts(inTime);
    unwatch();
  }

  const sendScripts = async (waiters: readonly Waiter[]): Promise<void> => {
    const scripts = planScripts(waiters, across ? undefined : ({ id }) => bucketOf(id));
    await Promise.all(scripts.map((script) => (across ? countAcross(script) : countInBucket(script))));
  };

  async function countAcross(waiters: readonly Waiter[]): Promise<void> {
    const all = [...waiters.map(({ id }) => keys.session(id)), keys.global()];
    const args = [ttlMs, waiters.length];
    try {
      const reply = (await commands.scriptAcross(countScript, all, args)) as Reply[];
      settle(waiters, reply, reply[waiters.length]);
    } catch (fault) {
      if (!isCrossSlot(fault)) return rejectAll(waiters, fault);
      // A node of a cluster behind a plain address refused the keys, and did nothing.
      across = false;
      await sendScripts(waiters);
    }
  }

  async function countInBucket(waiters: readonly Waiter[]): Promise<void> {
    const bucket = waiters.map(({ id }) => keys.session(id));
    try {
      const reply = (await commands.script(countScript, bucket, [ttlMs, waiters.length])) as Reply[];
      const counted = reply.filter((each) => typeof each === 'number').length;
      const global = counted === 0 ? 0 : await addToGlobal(counted).catch((fault: unknown) => fault);
      settle(waiters, reply, global);
    } catch (fault) {
      rejectAll(waiters, fault);
    }
  }

  return {
    count(id) {
      if (!isSessionId(id)) return Promise.resolve(undefined);
      const { promise, resolve, reject } = Promise.withResolvers<VisitCounts | undefined>();
      enqueue({ id, deadlineMs: performance.now() + remainingBudgetMs(), resolve, reject });
      return promise;
    },
    async open() {
      const [session, globalCount] = await bothOrUnknown(sessions.open({}, { visits: 1 }), counters.addGlobal());
      return { session, sessionCount: session.count, globalCount };
    },
  };
}

const isUnknown = (error: unknown): boolean => error instanceof StateError && error.code === 'state_outcome_unknown';

/** The error of two effects of which one was done and the other failed. */
const oneOfTwo = (fault: unknown): StateError =>
  new StateError('state_outcome_unknown', 'one of two counts was made', { cause: fault });

/**
 * `bothOrUnknown` waits for two effects side by side. When one was done, or may have been, the failure of the other must not
 * be reported as "nothing was done".
 */
export async function bothOrUnknown<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  const faults: unknown[] = [a, b].flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
  const fault = faults.find((each) => isUnknown(each)) ?? faults[0];
  throw faults.length === 2 ? fault : oneOfTwo(fault);
}

const isCrossSlot = (fault: unknown): boolean => redisFault(fault)?.name === 'CROSSSLOT';

/** The error of what Redis says against one of many: as if it had been alone. */
function faultOf(reply: string): unknown {
  const error = replyError(reply);
  return isForeignType(error)
    ? asStateError(error)
    : new StateError('state_outcome_unknown', 'Redis refused a part of the script', { cause: error });
}

function rejectAll(waiters: readonly Waiter[], fault: unknown): void {
  for (const { reject } of waiters) reject(fault);
}

/**
 * Gives each visit its part of a script's reply, and its place below the new count over all.
 * @param global the count over all after these visits, or why it could not be moved
 */
function settle(waiters: readonly Waiter[], reply: readonly Reply[], global: unknown): void {
  const last = typeof global === 'number' ? global : undefined;
  let left = reply.filter((each, at) => at < waiters.length && typeof each === 'number').length;
  for (const [at, { resolve, reject }] of waiters.entries()) {
    const count = reply[at];
    if (count === null || count === undefined) resolve(undefined);
    else if (typeof count !== 'number') reject(faultOf(count));
    else if (last === undefined) reject(oneOfTwo(global));
    else {
      left -= 1;
      resolve({ sessionCount: count, globalCount: exactCount(last - left) });
    }
  }
}
