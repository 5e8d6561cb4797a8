import type { Precondition } from './precondition.ts';

export interface Value {
  readonly key: string;
  readonly value: string;
  /** Grows with every write and never comes twice for a key, also after it was removed, has expired or was lost. */
  readonly version: number;
  /** Milliseconds left; null when the value stays. */
  readonly ttlMs: number | null;
}

/** What a write has stored. */
export interface Put extends Value {
  /** Nothing was stored under the key before; told by the step that wrote. */
  readonly created: boolean;
}

export interface PutOptions extends Precondition {
  /** Expires after so many milliseconds; without it the value stays, also where one with an expiry stood before. */
  readonly ttlMs?: number;
  /** Refused with `state_memory_low` where little memory is left, so that what must be written has it. @default false */
  readonly ifRoom?: boolean;
}

export interface ListOptions {
  readonly prefix?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** About how many keys a page holds, 1 to 1,000. @default 50 */
  readonly limit?: number;
}

export interface ValuePage {
  /** No key twice in one page. */
  readonly keys: readonly string[];
  /** At most 64 characters of A-Z a-z 0-9 _ -; undefined on the last page. */
  readonly nextCursor?: string;
}

/**
 * Values are small texts under keys, versioned for optimistic concurrency, that any replica reads and writes.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `state_memory_low`, `invalid_key`, `invalid_value`, `value_too_large`,
 * `invalid_ttl`, `invalid_version`, `version_conflict`, `wrong_type`, `invalid_cursor`, `invalid_limit`.
 */
export interface Values {
  get(key: string): Promise<Value | undefined>;
  put(key: string, value: string, options?: PutOptions): Promise<Put>;
  /** False when nothing was stored, whatever the condition: so a removal that is tried again ends as the first did. */
  remove(key: string, precondition?: Precondition): Promise<boolean>;
  /**
   * Keys page by page, in no order. A key that is stored during the whole walk comes at least once; one that comes or goes
   * meanwhile may be missed, and one may come again on a later page. A page may be empty and not be the last.
   */
  list(options?: ListOptions): Promise<ValuePage>;
}
