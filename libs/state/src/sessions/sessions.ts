/** Whatever JSON can say. */
export type SessionValue =
  string | number | boolean | null | readonly SessionValue[] | { readonly [name: string]: SessionValue };

/** Fields of a session. At most 64, names of 1 to 64 characters, 16,384 characters of JSON in all, 32 levels deep. */
export type SessionData = Readonly<Record<string, SessionValue>>;

export interface Session {
  /** The secret: 128 random bits in base64url, 22 characters. Only its owner may see it. */
  readonly id: string;
  /** What others may see: the first 32 hex digits of the SHA-256 of the id. */
  readonly publicId: string;
  readonly data: SessionData;
  /** Visits so far. */
  readonly count: number;
  /** Counts the changes of `data`, from 1; visits do not count. */
  readonly version: number;
  /** Unix time of opening by the clock of the store. */
  readonly createdAtMs: number;
  /** Milliseconds until the session expires when nothing touches it. */
  readonly ttlMs: number;
}

export interface ChangeOptions {
  /** Change only this version; the change is tried once then. */
  readonly ifVersion?: number;
}

/**
 * Sessions that any replica serves. Each expires 45 minutes after it was last opened, touched, visited or changed, and
 * every step keeps it so: a session without an expiry cannot come to be (pain 28).
 * An id that is unknown, expired, ended or malformed is answered by `undefined` or `false`, not by an error.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_session_data`.
 */
export interface Sessions {
  /** Opens a session under a fresh id; the count is 0 and the version 1. */
  open(data?: SessionData): Promise<Session>;
  /** Reads without keeping alive. */
  find(id: string): Promise<Session | undefined>;
  /** Keeps alive; false when there is none. */
  touch(id: string): Promise<boolean>;
  /** Counts one visit and keeps alive in one step; the new count. */
  visit(id: string): Promise<number | undefined>;
  /**
   * Compare-and-set: `edit` answers the new data from the old, and it is stored only over the version it was made from.
   * A lost race is tried again on the newer data, 16 times at most, then `version_conflict`; so `edit` may run more than
   * once and must have no effects. With `ifVersion` the first difference is a `version_conflict`.
   */
  change(id: string, edit: (data: SessionData) => SessionData, options?: ChangeOptions): Promise<Session | undefined>;
  /** Forgets the session at once; false when there was none. */
  end(id: string): Promise<boolean>;
}

/** 45 minutes. */
export const SESSION_TTL_MS = 2_700_000;
export const CHANGE_ATTEMPTS_MAX = 16;
