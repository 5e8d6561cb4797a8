/** Every error of this lib, by code. */
export const REDIS_ERRORS = {
  redis_unavailable:
    'the work was not sent or was refused by Redis, or it was declared idempotent: nothing is harmed by trying again',
  redis_writes_refused: 'Redis takes no writes now (a replica, full, its disk, its user): nothing was done',
  redis_memory_low: 'Redis takes writes, and its memory is nearly used up: nothing was done',
  redis_outcome_unknown:
    'the work was sent, and no answer came or one that says nothing: it may or may not have been done',
  redis_url: 'the address is not one that this lib can connect to',
  namespace: 'a namespace is 1 to 64 of letters, digits, _ . and -, and begins with a letter or digit',
  cross_slot: 'the keys of one script do not share one hash tag, so a cluster would refuse it',
} as const;
export type RedisErrorCode = keyof typeof REDIS_ERRORS;

export class RedisError extends Error {
  override readonly name: string = 'RedisError';
  readonly code: RedisErrorCode;

  constructor(code: RedisErrorCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
  }
}

/** Not sent, refused, or idempotent: trying again harms nothing. */
export class RedisUnavailableError extends RedisError {
  override readonly name: string = 'RedisUnavailableError';

  constructor(detail: string, options?: { cause?: unknown }, code: RedisErrorCode = 'redis_unavailable') {
    super(code, detail, options);
  }
}

/** Redis answers, and takes no writes now: nothing was done. */
export class RedisWritesRefusedError extends RedisUnavailableError {
  override readonly name = 'RedisWritesRefusedError';

  constructor(detail: string, options?: { cause?: unknown }) {
    super(detail, options, 'redis_writes_refused');
  }
}

/** Redis still takes writes, and little of its memory is left. */
export class RedisMemoryLowError extends RedisUnavailableError {
  override readonly name = 'RedisMemoryLowError';

  constructor(detail: string, options?: { cause?: unknown }) {
    super(detail, options, 'redis_memory_low');
  }
}

/** Sent, and no answer came, or one that does not say what was done. */
export class RedisOutcomeUnknownError extends RedisError {
  override readonly name = 'RedisOutcomeUnknownError';

  constructor(detail: string, options?: { cause?: unknown }) {
    super('redis_outcome_unknown', detail, options);
  }
}
