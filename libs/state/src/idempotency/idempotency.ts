/** StoredResponse is what is stored of a response, to be replayed. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** IdempotencyClaim is the right to answer for a key, until its lease expires. */
export interface IdempotencyClaim {
  readonly scopeKey: string;
  readonly fingerprint: string;
  readonly owner: string;
}

export type Begun =
  /** Do it, then `finish` or `abandon`. */
  | { readonly kind: 'mine'; readonly claim: IdempotencyClaim }
  | { readonly kind: 'done'; readonly response: StoredResponse }
  /** Somebody does it at this moment, or did and died; free again after so long at the latest. */
  | { readonly kind: 'in-flight'; readonly retryAfterMs: number }
  /** The key was used for something else. */
  | { readonly kind: 'mismatch' };

/** Lifetime of a claim from when it was last renewed; a key whose replica died is free after it. */
export const IN_FLIGHT_MS = 5_000;
export const RESPONSE_TTL_MS = 86_400_000;
/** Body, header names and header values together. */
export const RESPONSE_CHARS_MAX = 65_536;

/**
 * Idempotency runs a request once for a key that its caller made up, and replays the stored response when it asks again.
 * A lease, not a proof: who is silent for 5 s, or dies after its effect and before `finish`, may be followed by somebody
 * who does it again. So an effect that must not happen twice carries an idempotency token itself, as a counter's add does.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `state_memory_low`, `invalid_idempotency`,
 * `response_too_large`.
 */
export interface Idempotency {
  /**
   * @param scopeKey whose key for what, 1 to 1,024 characters; only its hash is stored
   * @param fingerprint of all that makes the request another one, 1 to 128 characters
   */
  begin(scopeKey: string, fingerprint: string): Promise<Begun>;
  /** The claim lasts 5 s from now on. False when it was not this one's any more. */
  renew(claim: IdempotencyClaim): Promise<boolean>;
  /**
   * Stores the response. False when somebody else holds or has answered the key meanwhile: theirs stays.
   * @param options.ttlMs for how long, 1 s to 24 h; default 24 h
   */
  finish(claim: IdempotencyClaim, response: StoredResponse, options?: { readonly ttlMs?: number }): Promise<boolean>;
  /** Nothing was done: the key is free at once. False when it was not this one's any more. */
  abandon(claim: IdempotencyClaim): Promise<boolean>;
}
