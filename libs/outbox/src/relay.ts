import type { OutboxLog } from './log.ts';
import type { OutboxRow, OutboxStore } from './outbox.ts';

/**
 * `sent`: the store has it. `failed`: `send` rejected, it is sent again later. `released`: it was not sent, anybody may. `unconfirmed`:
 * what became of it could not be written down while the row was this relay's; it is sent again, with the same id.
 */
export type RowOutcome = 'sent' | 'failed' | 'released' | 'unconfirmed';

export interface SettledRow {
  readonly topic: string;
  readonly outcome: RowOutcome;
  /** How often it could not be sent, with this time. */
  readonly failures: number;
  /** Of `send`. */
  readonly durationMs: number;
  /** From the row's adding to its end. */
  readonly ageMs: number;
}

export interface RelayOptions {
  readonly store: Omit<OutboxStore<never>, 'add' | 'schema'>;
  /**
   * Sends one row to where it belongs. At least once: whoever takes it knows one that was sent before by `row.id`. Resolves when it is
   * there for good; rejects, and the row is sent again later.
   * @param signal aborts after `sendTimeoutMs`, and when the relay closes
   */
  readonly send: (row: OutboxRow, signal: AbortSignal) => Promise<unknown>;
  /**
   * Rows that are sent at a time.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * Between two looks at the table; `wake()` looks at once.
   * @default 500
   */
  readonly pollMs?: number;
  /**
   * After which a row of a relay that died is another's; at least 1.5 × `sendTimeoutMs`. The same in all relays of one table: a lease
   * that would last a minute longer is taken for one of a clock that was set back.
   * @default 30000
   */
  readonly leaseMs?: number;
  /** @default 10000 */
  readonly sendTimeoutMs?: number;
  /**
   * Of a row that cannot be sent: doubled each time, half of it random. The same in all relays of one table, as `leaseMs`.
   * @default 1 s to 60 s
   */
  readonly backOff?: { readonly baseMs: number; readonly capMs: number };
  /**
   * How long rows that were sent stay in the table.
   * @default 24 h
   */
  readonly retentionMs?: number;
  /** Called once for each row that was claimed. For metrics; what it throws is logged. */
  readonly onSettled?: (row: SettledRow) => void;
  readonly log?: OutboxLog;
}

/** Relay sends what is committed in an outbox. As many as you like may work on one table. */
export interface Relay {
  /** Looks for rows now, as after a commit. */
  wake(): void;
  /** Rows that are being sent here now. */
  readonly sending: number;
  /**
   * Claims nothing more, lets what is being sent end for up to `timeoutMs`, then aborts it. What was not sent is released. Never
   * rejects; ends at most 2 s after `timeoutMs`.
   */
  close(timeoutMs: number): Promise<void>;
}
