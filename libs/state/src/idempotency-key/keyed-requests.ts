import {
  type Begun,
  IN_FLIGHT_MS,
  type Idempotency,
  type IdempotencyClaim,
  RESPONSE_CHARS_MAX,
  type StoredResponse,
} from '../idempotency/idempotency.ts';
import { charsOf } from '../idempotency/requests.ts';
import { isFinal, isTimeout } from './final-answer.ts';
import { fingerprintOf, scopeOf } from './fingerprint.ts';
import { isSecretKey, keyOf } from './key.ts';

/** KeyedRequest is a request that may have an `Idempotency-Key`, whatever framework serves it. */
export interface KeyedRequest {
  /** Value of the header `Idempotency-Key`. */
  readonly header: unknown;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** The pattern that the path has matched. */
  readonly route: string;
  readonly body: unknown;
}

/** KeyedRules are what an application says of the requests of a route. */
export interface KeyedRules {
  /**
   * Whose the key is. Undefined where nobody can tell: then it must be secret (a random UUID), so that nobody else has the same one.
   */
  readonly callerOf: (isSecret: boolean) => string | undefined;
  /** @default 86_400_000 (24 hours) */
  readonly ttlMs?: number | undefined;
  /** What is stored in place of a response that cannot be replayed, such as one beyond the bound: it was done. */
  readonly notStored: () => StoredResponse;
}

export type KeyedBegun =
  | { readonly kind: 'absent' | 'invalid' | 'unscoped' }
  | { readonly kind: 'mine'; readonly run: KeyedRun }
  | Exclude<Begun, { readonly kind: 'mine' }>;

/** A request that hangs is renewed no longer, so that its key gets free. */
const RENEWED_FOR_MS = 600_000;
const RENEW_EVERY_MS = IN_FLIGHT_MS / 3;

const runs = new WeakMap<object, KeyedRun>();

/** KeyedRun is a request that was begun under a key. Its claim is renewed until it ends, so that no retry begins beside it. */
export class KeyedRun {
  readonly isSecret: boolean;
  readonly #idempotency: Idempotency;
  readonly #claim: IdempotencyClaim;
  readonly #rules: KeyedRules;
  readonly #renewals: NodeJS.Timeout;
  #renewalsLeft = RENEWED_FOR_MS / RENEW_EVERY_MS;
  #isRefusedForNow = false;
  #hasEnded = false;

  constructor(idempotency: Idempotency, claim: IdempotencyClaim, isSecret: boolean, rules: KeyedRules) {
    this.#idempotency = idempotency;
    this.#claim = claim;
    this.isSecret = isSecret;
    this.#rules = rules;
    this.#renewals = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  get token(): string {
    return this.#claim.scopeKey;
  }

  refuseForNow(): void {
    this.#isRefusedForNow = true;
  }

  /**
   * Stores the response where it is final, else the key is free: at once, or by {@link lapse} behind a time-out. Never rejects: the
   * client gets its response also where it cannot be stored, and who has it does not retry.
   * @returns whether the response is final
   */
  async end(status: number, response: () => StoredResponse | undefined): Promise<boolean> {
    const isLast = isFinal(status, this.#isRefusedForNow);
    if (isLast) await this.#once(() => this.#store(response));
    else if (isTimeout(status)) this.lapse();
    else await this.abandon();
    return isLast;
  }

  /** There is no response that is known to be final: the key is free. */
  async abandon(): Promise<void> {
    await this.#once(() => this.#idempotency.abandon(this.#claim));
  }

  /** Renews the claim no more, so that the key is free 5 s later at the latest: nobody waits for what was begun, and it may still run. */
  lapse(): void {
    this.#stop();
  }

  async #once(last: () => Promise<unknown>): Promise<void> {
    if (this.#stop()) await last().catch(() => undefined);
  }

  /** @returns whether it had not ended before */
  #stop(): boolean {
    const isFirst = !this.#hasEnded;
    this.#hasEnded = true;
    clearInterval(this.#renewals);
    return isFirst;
  }

  async #store(response: () => StoredResponse | undefined): Promise<unknown> {
    const { ttlMs, notStored } = this.#rules;
    const whole = resultOf(response);
    const stored = whole !== undefined && charsOf(whole) <= RESPONSE_CHARS_MAX ? whole : notStored();
    return this.#idempotency.finish(this.#claim, stored, ttlMs === undefined ? {} : { ttlMs });
  }

  #renew(): void {
    this.#renewalsLeft -= 1;
    if (this.#renewalsLeft <= 0) clearInterval(this.#renewals);
    // One that gets no answer is followed by another one before the claim ends.
    else this.#idempotency.renew(this.#claim).catch(() => undefined);
  }
}

/** Undefined for what throws: it was done, whatever becomes of its response. */
function resultOf(response: () => StoredResponse | undefined): StoredResponse | undefined {
  try {
    return response();
  } catch {
    return undefined;
  }
}

/**
 * beginKeyed begins a request under its key, or says what became of that key.
 * @param at the request of the framework, by which {@link idempotencyTokenOf} finds it
 */
export async function beginKeyed(
  idempotency: Idempotency,
  at: object,
  request: KeyedRequest,
  rules: KeyedRules,
): Promise<KeyedBegun> {
  if (request.header === undefined) return { kind: 'absent' };
  const key = keyOf(request.header);
  if (key === undefined) return { kind: 'invalid' };
  const isSecret = isSecretKey(key);
  const caller = rules.callerOf(isSecret);
  if (caller === undefined && !isSecret) return { kind: 'unscoped' };
  const begun = await idempotency.begin(scopeOf(key, caller, request), fingerprintOf(request));
  if (begun.kind !== 'mine') return begun;
  const run = new KeyedRun(idempotency, begun.claim, isSecret, rules);
  runs.set(at, run);
  return { kind: 'mine', run };
}

/**
 * idempotencyTokenOf is what an effect carries that must not happen twice even if this replica dies before the response is stored:
 * one text for the key in its scope, the same for every retry. Undefined for a request without a key.
 * @param request of Express or Fastify
 */
export const idempotencyTokenOf = (request: object): string | undefined => runs.get(request)?.token;

/** hasSecretKey is whether nobody but who made the key of this request can know it: it is a random UUID. */
export const hasSecretKey = (request: object): boolean => runs.get(request)?.isSecret === true;

/**
 * refuseForNow keeps no response of this request that refuses it (400 and above): what is refused now may be granted later, by what
 * others do meanwhile.
 */
export const refuseForNow = (request: object): void => runs.get(request)?.refuseForNow();
