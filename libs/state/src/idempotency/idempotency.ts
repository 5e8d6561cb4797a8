/** What is kept of an answer, to be given again. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The right to answer for a key, until its lease is over. */
export interface IdempotencyToken {
  readonly scopeKey: string;
  readonly fingerprint: string;
  readonly owner: string;
}

export type Begun =
  /** Do it, then `finish` or `abandon`. */
  | { readonly kind: 'mine'; readonly token: IdempotencyToken }
  | { readonly kind: 'done'; readonly response: StoredResponse }
  /** Somebody does it at this moment, or did and died; free again after so long at the latest. */
  | { readonly kind: 'in-flight'; readonly retryAfterMs: number }
  /** The key was used for something else. */
  | { readonly kind: 'mismatch' };

/** How long who does it may be silent; a key whose replica died is free after it. */
export const IN_FLIGHT_MS = 5_000;
export const KEPT_MS = 86_400_000;
/** Body, header names and header values together. */
export const RESPONSE_CHARS_MAX = 65_536;

/**
 * Doing something once for a key that its caller made up, and answering the same when it asks again.
 * A lease, not a proof: who needs more than 5 s, or dies after its effect and before `finish`, may be followed by somebody
 * who does it again. So an effect that must not happen twice carries the key itself, as a counter's `once` does.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_idempotency`, `answer_too_large`.
 */
export interface Idempotency {
  /**
   * @param scopeKey whose key for what, 1 to 1,024 characters; only its hash is stored
   * @param fingerprint of all that makes the request another one, 1 to 128 characters
   */
  begin(scopeKey: string, fingerprint: string): Promise<Begun>;
  /** Keeps the answer for 24 h. False when somebody else holds or has answered the key meanwhile: theirs stays. */
  finish(token: IdempotencyToken, response: StoredResponse): Promise<boolean>;
  /** Nothing was done: the key is free at once. False when it was not this one's any more. */
  abandon(token: IdempotencyToken): Promise<boolean>;
}
