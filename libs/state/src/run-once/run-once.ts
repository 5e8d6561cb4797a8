import { messageOf } from '@nestfleet/contracts';
import { backOffMs, pause } from '@nestfleet/timing';
import { StateError } from '../errors.ts';
import { requireLease } from '../leases/lease-store.ts';
import type { Lease } from '../leases/leases.ts';
import type { State } from '../state.ts';
import { OnceRecord } from './once-record.ts';

/** OnceTask is what the whole fleet does once, such as the migrations of a release. */
export interface OnceTask {
  /** One task at a time runs under a name, whatever its version. */
  readonly name: string;
  /** Of a new version it is done again, once. With the name 1 to 100 of letters, digits and . _ ~ : @ - */
  readonly version: string;
  /**
   * Does it. The fencing token is for what it writes to: see {@link requireFencingToken}. A rejection is told, and it is done again
   * after a back-off.
   */
  readonly run: (lease: Lease) => Promise<unknown>;
  /**
   * Whether it is done already, by what `run` itself has left, such as a table of migrations: asked before `run`, so that a Redis that
   * lost its data makes nobody do it twice.
   * @default the record in Redis alone
   */
  readonly isDone?: () => Promise<boolean>;
}

/** OnceLog takes what happens: a line for each failure, one when it is done. */
export interface OnceLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RunOnceOptions {
  /** How long after the death of the replica that runs it another one takes over, 50 ms to 1 hour. @default 10_000 */
  readonly ttlMs?: number;
  /** The delay after a failure doubles from `baseMs` to `capMs`. @default 1_000 to 60_000 */
  readonly backOff?: { readonly baseMs: number; readonly capMs: number };
  /** How often those who wait look whether it is done, milliseconds. @default 500 */
  readonly pollMs?: number;
  readonly log?: OnceLog;
  /** Ends the waiting; what runs is not cut. */
  readonly signal?: AbortSignal;
}

const TTL_MS = 10_000;
const POLL_MS = 500;
const BACK_OFF = { baseMs: 1_000, capMs: 60_000 };

/**
 * runOnce resolves when the task is done, by this replica or another one. The first that takes the lease runs it, the others wait; one
 * that dies is followed by another when its lease is over, and one that was paused is told so by its fencing token. Failures are
 * retried by one replica at a time, for ever: also where Redis is away.
 */
export async function runOnce(
  { leases, values }: Pick<State, 'leases' | 'values'>,
  task: OnceTask,
  options: RunOnceOptions = {},
): Promise<void> {
  const { ttlMs = TTL_MS, pollMs = POLL_MS, backOff = BACK_OFF, log } = options;
  const { signal = new AbortController().signal } = options;
  const { name, version } = task;
  const lease = requireLease({ ttlMs });
  const record = new OnceRecord(values, name, version);
  let failures = 0;
  /** Behind which it ran to its end here: where only the record could not be written, it is not done again. */
  let ranBehind: number | undefined;

  /** Under the lease, so that one replica at a time waits for its next attempt. */
  async function failed(error: unknown): Promise<void> {
    failures += 1;
    const delayMs = Math.round(backOffMs(failures, backOff));
    log?.error({ event: 'run_once.failed', name, version, failures, delayMs }, messageOf(error));
    await pause(delayMs, signal);
  }

  async function attempt(held: Lease): Promise<boolean> {
    const begun = await record.begin(held.fencingToken, ranBehind);
    if (begun === undefined) return true;
    try {
      if (begun !== ranBehind && (await task.isDone?.()) !== true) await task.run(held);
    } catch (error) {
      if (held.signal.aborted) throw error;
      await failed(error);
      return false;
    }
    // Whoever holds it now says whether it is done.
    if (held.signal.aborted) throw held.signal.reason;
    // Not before: a task that heeds the signal may have stopped in the middle.
    ranBehind = begun;
    await record.finish(held.fencingToken, begun);
    log?.info({ event: 'run_once.done', name, version }, 'done once for the whole fleet');
    return true;
  }

  let isAway = false;
  while (!signal.aborted) {
    try {
      if (await record.isDone()) return;
      isAway = false;
      if (await leases.hold(`run-once:${name}`, lease, attempt)) return;
    } catch (error) {
      if (isUnavailable(error)) {
        if (!isAway) log?.error({ event: 'run_once.unavailable', name, version }, messageOf(error));
        isAway = true;
      } else if (!isHeld(error)) await failed(error);
    }
    // Who has failed leaves the next attempt to the others.
    await pause(pollMs * (1 + Math.random()), signal);
  }
}

/** What time heals; also a lease that was lost. */
const isUnavailable = (error: unknown): boolean => error instanceof StateError && error.status === 503;
const isHeld = (error: unknown): boolean => error instanceof StateError && error.code === 'lease_held';
