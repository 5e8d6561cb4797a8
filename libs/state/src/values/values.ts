export interface Value {
  readonly key: string;
  readonly value: string;
  /** Counts the writes of this key since it was last absent, from 1. */
  readonly version: number;
  /** Milliseconds left; null when the value stays. */
  readonly ttlMs: number | null;
}

export interface PutOptions {
  /** Expires after so many milliseconds; without it the value stays, also where one with an expiry stood before. */
  readonly ttlMs?: number;
  /** Write only over this version, or only where nothing is stored. */
  readonly ifVersion?: number | 'absent';
}

export interface ListOptions {
  readonly prefix?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** About how many keys a page holds, 1 to 1,000; default 50. */
  readonly limit?: number;
}

export interface ValuePage {
  /** No key twice in one page. */
  readonly keys: readonly string[];
  /** At most 64 characters of A-Z a-z 0-9 _ -; undefined on the last page. */
  readonly nextCursor?: string;
}

/**
 * Small values under keys that any replica reads and writes.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_value`, `invalid_ttl`,
 * `invalid_version`, `version_conflict`, `invalid_cursor`, `invalid_limit`.
 */
export interface Values {
  get(key: string): Promise<Value | undefined>;
  put(key: string, value: string, options?: PutOptions): Promise<Value>;
  /** False when nothing was stored; with `ifVersion` that is a `version_conflict`. */
  remove(key: string, options?: { readonly ifVersion?: number }): Promise<boolean>;
  /**
   * Keys page by page, in no order. A key that is stored during the whole walk comes at least once; one that comes or goes
   * meanwhile may be missed, and one may come again on a later page. A page may be empty and not be the last.
   */
  list(options?: ListOptions): Promise<ValuePage>;
}
