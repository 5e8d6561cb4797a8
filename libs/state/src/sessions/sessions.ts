import type { Precondition } from '../values/precondition.ts';

/** Whatever JSON can say. */
export type SessionValue =
  string | number | boolean | null | readonly SessionValue[] | { readonly [name: string]: SessionValue };

/** Fields of a session. At most 128, names of 1 to 64 characters, 16,384 bytes of names and JSON in all, 32 levels deep. */
export type SessionData = Readonly<Record<string, SessionValue>>;

export interface Session {
  /** The secret: 128 random bits in base64url, 22 characters. Only its owner may see it. */
  readonly id: string;
  /** What others may see: the first 32 hex digits of the SHA-256 of the id. Another one after `rotate`. */
  readonly publicId: string;
  /** The public id that it was opened with. Stays over `rotate`, so things may belong to it. */
  readonly originId: string;
  readonly data: SessionData;
  /** Visits so far. */
  readonly count: number;
  /** Counts the changes of `data`, from 1; visits do not count. */
  readonly version: number;
  /** Unix time of opening by the clock of the store. */
  readonly createdAtMs: number;
  /** Milliseconds until the session expires when nothing touches it. */
  readonly ttlMs: number;
  /** Milliseconds until it ends whatever touches it. */
  readonly endsInMs: number;
}

export interface OpenOptions {
  /** What the count begins with; 1 when the opening is itself a visit. @default 0 */
  readonly visits?: number;
}

/** What must hold of the session that is changed or ended. With versions in `ifVersion` a change is tried once. */
export type ChangeOptions = Precondition;

export interface RotateOptions {
  /**
   * Idempotency token of 1 to 128 characters. Asked again with it within 60 s, because the answer was lost, the old id leads to the
   * session once more. Who has the old id and can guess it gets the session, so let it be random.
   */
  readonly idempotencyToken?: string;
}

export interface SetOptions {
  /** Fields to take away. One that is also set is set. */
  readonly remove?: readonly string[];
}

/**
 * Sessions is the session store that any replica serves. Each expires 45 minutes after it was last opened, touched, visited, set, changed or
 * rotated, and 24 hours after it was opened at the latest, by the clock of the store; every step keeps it so: a session
 * without an expiry cannot come to be.
 * An id that is unknown, expired, ended or malformed is answered by `undefined` or `false`, not by an error, and no write
 * brings it back.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_session_data`, `version_conflict`.
 */
export interface Sessions {
  /** Opens a session under a fresh id that nobody chose; versions grow, and none comes twice. */
  open(data?: SessionData, options?: OpenOptions): Promise<Session>;
  /**
   * Opens a session under an id that the caller made from a secret of 128 random bits or more: 22 characters of base64url.
   * Undefined when the id is taken, by a session or by the tombstone of one.
   */
  openAs(id: string, data?: SessionData, options?: OpenOptions): Promise<Session | undefined>;
  /** Reads without keeping alive. */
  find(id: string): Promise<Session | undefined>;
  /** Keeps alive; false when there is none. */
  touch(id: string): Promise<boolean>;
  /** Counts one visit and keeps alive in one step; the new count. */
  visit(id: string): Promise<number | undefined>;
  /**
   * Sets these fields and leaves all others alone, in one step and whatever the version is: parallel writers of different
   * fields lose nothing, of writers of one field the last wins. Raises the version.
   */
  set(id: string, fields: SessionData, options?: SetOptions): Promise<Session | undefined>;
  /** As `set`, for who does not need the session: false when there is none. The store answers in a word. */
  patch(id: string, fields: SessionData, options?: SetOptions): Promise<boolean>;
  /**
   * Compare-and-set: `edit` answers the new data from the old, and it is stored only over the version it was made from.
   * A lost race is tried again on the newer data, 16 times at most, then `version_conflict`; so `edit` may run more than
   * once and must have no effects. With versions in `ifVersion` the first difference is a `version_conflict`.
   */
  change(id: string, edit: (data: SessionData) => SessionData, options?: ChangeOptions): Promise<Session | undefined>;
  /**
   * Moves the session to a fresh id, as when its owner gains rights; the old id is dead from that moment on. The ids share
   * one of 64 buckets, so 122 of the new one's bits are unknown to who knows the old one.
   */
  rotate(id: string, options?: RotateOptions): Promise<Session | undefined>;
  /** Ends the session at once; false when there was none. Its id stays taken for one idle lifetime. */
  end(id: string, options?: ChangeOptions): Promise<boolean>;
}

/** 45 minutes. */
export const SESSION_TTL_MS = 2_700_000;
/** 24 hours. */
export const SESSION_MAX_MS = 86_400_000;
/** How long a token leads from an old id to the new one: retries come soon, and thieves of old ids may come later. */
export const ROTATE_TOKEN_TTL_MS = 60_000;
export const CHANGE_ATTEMPTS_MAX = 16;
