import { CodedError, type ErrorKind } from '@nestfleet/errors';

/** REDIS_ERRORS is every error of this lib, by code. `status` is the HTTP status that fits when an api answers with it. */
export const REDIS_ERRORS = {
  redis_unavailable: {
    status: 503,
    meaning:
      'the work was not sent or was refused by Redis, or it was declared idempotent: nothing is harmed by trying again',
  },
  redis_writes_refused: {
    status: 503,
    meaning: 'Redis takes no writes now (a replica, full, its disk, its user): nothing was done',
  },
  redis_memory_low: {
    status: 503,
    retryAfterS: 5,
    meaning: 'Redis takes writes, and its memory is nearly used up: nothing was done',
  },
  redis_outcome_unknown: {
    status: 503,
    meaning: 'the work was sent, and no answer came or one that says nothing: it may or may not have been done',
  },
  redis_url: { status: 500, meaning: 'the address is not one that this lib can connect to' },
  namespace: {
    status: 500,
    meaning: 'a namespace is 1 to 64 of letters, digits, _ . and -, and begins with a letter or digit',
  },
  cross_slot: {
    status: 500,
    meaning: 'the keys of one script do not share one hash tag, so a cluster would refuse it',
  },
} as const satisfies Record<string, ErrorKind>;
export type RedisErrorCode = keyof typeof REDIS_ERRORS;

export class RedisError extends CodedError<RedisErrorCode> {
  override readonly name: string = 'RedisError';

  constructor(code: RedisErrorCode, detail: string, options?: ErrorOptions) {
    super(code, REDIS_ERRORS[code], detail, options);
  }
}

/** Not sent, refused, or idempotent: trying again harms nothing. */
export class RedisUnavailableError extends RedisError {
  override readonly name: string = 'RedisUnavailableError';

  constructor(detail: string, options?: ErrorOptions, code: RedisErrorCode = 'redis_unavailable') {
    super(code, detail, options);
  }
}

/** Redis answers, and takes no writes now: nothing was done. */
export class RedisWritesRefusedError extends RedisUnavailableError {
  override readonly name = 'RedisWritesRefusedError';

  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options, 'redis_writes_refused');
  }
}

/** Redis still takes writes, and little of its memory is left. */
export class RedisMemoryLowError extends RedisUnavailableError {
  override readonly name = 'RedisMemoryLowError';

  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options, 'redis_memory_low');
  }
}

/** Sent, and no answer came, or one that does not say what was done. */
export class RedisOutcomeUnknownError extends RedisError {
  override readonly name = 'RedisOutcomeUnknownError';

  constructor(detail: string, options?: ErrorOptions) {
    super('redis_outcome_unknown', detail, options);
  }
}
