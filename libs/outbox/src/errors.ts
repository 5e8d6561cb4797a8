/** OUTBOX_ERRORS is every error of this lib, by code. `status` is the HTTP status that fits when an api answers with it. */
export const OUTBOX_ERRORS = {
  invalid_message: { status: 400, meaning: 'its topic, key, id or payload cannot be kept; nothing was added' },
  shared_connection: {
    status: 500,
    meaning: 'the connection of the relay is in a transaction of somebody else: it needs one of its own',
  },
} as const;
export type OutboxErrorCode = keyof typeof OUTBOX_ERRORS;

export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  readonly code: OutboxErrorCode;
  /** HTTP status that fits, see {@link OUTBOX_ERRORS}. */
  readonly status: number;

  constructor(code: OutboxErrorCode, detail: string, options: { cause?: unknown } = {}) {
    super(`${detail} (${code})`, options);
    this.code = code;
    this.status = OUTBOX_ERRORS[code].status;
  }
}
