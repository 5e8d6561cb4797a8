import { backOffMs, pause, startDeadline, withDeadline } from '@nestfleet/timing';
import type { ClaimedRow, OutboxStore } from './outbox.ts';
import type { RelayOptions, RowOutcome } from './relay.ts';
import { messageOf } from './thrown.ts';

const MARK_BACK_OFF = { baseMs: 100, capMs: 2_000 };
const ERROR_MAX = 2_000;

export interface Delivery {
  readonly store: Pick<OutboxStore<never>, 'markSent' | 'markFailed' | 'release'>;
  readonly send: RelayOptions['send'];
  readonly sendTimeoutMs: number;
  readonly backOff: { readonly baseMs: number; readonly capMs: number };
  readonly row: ClaimedRow;
  readonly token: string;
  /** By `performance.now()`. */
  readonly leaseEndsMs: number;
  /** Aborts when there is no time left for it. */
  readonly closing: AbortSignal;
}

export interface Delivered {
  readonly outcome: RowOutcome;
  readonly failures: number;
  /** Why it was not sent, or not marked. */
  readonly error?: unknown;
}

/** deliver sends one row that was claimed and writes down what became of it. Never rejects. */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { store, row, token, closing, leaseEndsMs, sendTimeoutMs } = delivery;
  const { failures } = row;
  const release = async (error?: unknown): Promise<Delivered> => {
    await mark(delivery, () => store.release(token, row.id));
    return { outcome: 'released', failures, error };
  };
  // After a stall of this process the row may be another's before it is sent.
  if (closing.aborted || performance.now() + sendTimeoutMs > leaseEndsMs) return release();
  const sent = await sendOnce(delivery);
  if (sent.isSent) {
    const isMarked = await mark(delivery, () => store.markSent(token, row.id));
    return isMarked === true
      ? { outcome: 'sent', failures }
      : { outcome: 'unconfirmed', failures, error: isMarked === false ? leaseLost() : isMarked };
  }
  const { error } = sent;
  if (closing.aborted) return release(error);
  const failure = {
    retryInMs: Math.round(backOffMs(failures + 1, delivery.backOff)),
    error: messageOf(error, ERROR_MAX),
  };
  const isMarked = await mark(delivery, () => store.markFailed(token, row.id, failure));
  return { outcome: isMarked === true ? 'failed' : 'unconfirmed', failures: failures + 1, error };
}

type Sent = { readonly isSent: true } | { readonly isSent: false; readonly error: unknown };

/** Waits beyond the time-out for a `send` that is deaf to its signal, as long as the row is nobody else's. */
async function sendOnce({ send, row, sendTimeoutMs, leaseEndsMs, closing }: Delivery): Promise<Sent> {
  const late = new AbortController();
  const cancel = startDeadline(sendTimeoutMs, () => late.abort(new Error(`not sent within ${sendTimeoutMs} ms`)));
  const signal = AbortSignal.any([late.signal, closing]);
  try {
    const sending = (async () => {
      const { json, ...about } = row;
      return send({ ...about, payload: JSON.parse(json) as unknown }, signal);
    })();
    await withDeadline(sending, leaseEndsMs - performance.now());
    return { isSent: true };
  } catch (error) {
    return { isSent: false, error: late.signal.aborted ? late.signal.reason : error };
  } finally {
    cancel();
  }
}

/** True once it is written, false when the row is no longer ours, else the fault that outlasted the lease. */
async function mark({ leaseEndsMs, closing }: Delivery, write: () => Promise<boolean>): Promise<unknown> {
  for (let faults = 1; ; faults += 1) {
    try {
      // A connection that is silent answers nothing for ever: what is not written while the lease lasts is so by nobody.
      return await withDeadline(write(), Math.max(1, leaseEndsMs - performance.now()));
    } catch (fault) {
      const waitMs = backOffMs(faults, MARK_BACK_OFF);
      if (closing.aborted || performance.now() + waitMs > leaseEndsMs) return fault;
      await pause(waitMs, closing);
    }
  }
}

const leaseLost = (): Error => new Error('the lease of the row was over before it was marked');
