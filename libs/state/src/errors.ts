import { CodedError, type ErrorKind } from '@nestfleet/errors';

/** STATE_ERRORS is every error of this lib, by code. `status` is the HTTP status that fits when an api answers with it. */
export const STATE_ERRORS = {
  state_unavailable: {
    status: 503,
    meaning: 'the store could not be reached in time; nothing was changed, or nothing is harmed by trying again',
  },
  state_writes_refused: {
    status: 503,
    meaning: 'the store answers and takes no writes now (a replica, full, its disk, its user); nothing was changed',
  },
  state_memory_low: {
    status: 503,
    retryAfterS: 5,
    meaning:
      'the memory of the store is nearly used up, so neither a new idempotency key nor a value that asks for room is taken; nothing was done',
  },
  state_outcome_unknown: {
    status: 503,
    meaning:
      'the change was sent, and no answer came or one that says nothing: it may or may not have been made; read before trying again',
  },
  state_layout_newer: {
    status: 503,
    meaning: 'a newer release has written the store in a layout that this one cannot read; nothing was changed',
  },
  state_registered_twice: {
    status: 500,
    meaning: 'two StateModule.forRoot() of one application have the same name, or none',
  },
  invalid_layout: { status: 500, meaning: 'a layout to be written is one that this release can write' },
  wrong_type: {
    status: 409,
    meaning: 'under the key stands something that this lib did not put there; it is left as it is',
  },
  version_conflict: { status: 412, meaning: 'what is stored is not at the version that the caller expected' },
  invalid_key: { status: 400, meaning: 'a key or name is 1 to 128 of letters, digits and . _ ~ : @ -' },
  invalid_value: { status: 400, meaning: 'a value has half a surrogate pair, which no encoding carries' },
  value_too_large: { status: 413, meaning: 'a value has at most 65,536 characters' },
  invalid_ttl: { status: 400, meaning: 'a lifetime is a whole number of milliseconds from 1 to one year' },
  invalid_version: {
    status: 400,
    meaning: 'an expected version is a whole number from 1 on, and at most 64 are named',
  },
  invalid_cursor: { status: 400, meaning: 'the cursor is not one that a list answered' },
  invalid_limit: { status: 400, meaning: 'a page holds from 1 to 1,000 keys' },
  invalid_amount: { status: 400, meaning: 'a counter adds a whole number that JavaScript holds exactly' },
  invalid_window: { status: 400, meaning: 'a window is a whole number of milliseconds from 1 to one year' },
  invalid_idempotency_token: { status: 400, meaning: 'an idempotency token has 1 to 128 characters' },
  idempotency_token_reused: {
    status: 422,
    meaning: 'with this idempotency token another amount was added; now nothing was added',
  },
  counter_overflow: {
    status: 409,
    meaning: 'beyond ±9,007,199,254,740,000 a count would not be exact; nothing was added',
  },
  counter_missing: { status: 404, meaning: 'the counter is not there, and none was to be made; nothing was added' },
  lease_held: { status: 409, meaning: 'somebody else holds the lease' },
  lease_lost: { status: 503, meaning: 'the lease ended before the work did; another holder may have begun meanwhile' },
  fencing_token_stale: {
    status: 409,
    meaning: 'a holder with a higher fencing token has written meanwhile; nothing was written',
  },
  invalid_lease: { status: 400, meaning: 'a lease lasts 50 ms to 1 hour and is waited for 10 minutes at most' },
  invalid_idempotency: {
    status: 400,
    meaning:
      'the scope of a key has 1 to 1,024 characters, a fingerprint 1 to 128, and a response is stored for 1 second to 24 hours',
  },
  idempotency_key_missing: { status: 400, meaning: 'the request needs an Idempotency-Key; nothing was done' },
  invalid_idempotency_key: {
    status: 400,
    meaning:
      'an Idempotency-Key is 1 to 255 visible ASCII characters, and a random UUID where nobody can tell whose it is; nothing was done',
  },
  idempotency_in_flight: {
    status: 409,
    meaning: 'the first request with this Idempotency-Key is under way; try again with the same key',
  },
  idempotency_mismatch: { status: 422, meaning: 'the Idempotency-Key was used for another request; nothing was done' },
  idempotency_response_not_stored: {
    status: 409,
    meaning: 'it was done for this Idempotency-Key, and its response was too large to be stored, or not sent whole',
  },
  response_too_large: { status: 500, meaning: 'a stored response has at most 65,536 characters with its headers' },
  invalid_rate: {
    status: 400,
    meaning: 'a rate is 1 to 10^12 in 1 second to 1 day, taken at most whole, of 1 to 8 keys at once',
  },
  invalid_session_data: {
    status: 400,
    meaning:
      'session data is JSON: at most 128 fields, names of 1 to 64 characters, 16,384 bytes in all, 32 levels deep',
  },
} as const satisfies Record<string, ErrorKind>;
export type StateErrorCode = keyof typeof STATE_ERRORS;

export class StateError extends CodedError<StateErrorCode> {
  override readonly name = 'StateError';

  constructor(code: StateErrorCode, detail: string, options?: ErrorOptions) {
    super(code, STATE_ERRORS[code], detail, options);
  }
}
