import { CodedError, type ErrorKind } from '@nestfleet/errors';

/** OUTBOX_ERRORS is every error of this lib, by code. `status` is the HTTP status that fits when an api answers with it. */
export const OUTBOX_ERRORS = {
  invalid_message: { status: 400, meaning: 'its topic, key, id or payload cannot be kept; nothing was added' },
  shared_connection: {
    status: 500,
    meaning: 'the connection of the relay is in a transaction of somebody else: it needs one of its own',
  },
  registered_twice: {
    status: 500,
    meaning: 'two OutboxModule.forRoot() of one application have the same name, or none',
  },
} as const satisfies Record<string, ErrorKind>;
export type OutboxErrorCode = keyof typeof OUTBOX_ERRORS;

export class OutboxError extends CodedError<OutboxErrorCode> {
  override readonly name = 'OutboxError';

  constructor(code: OutboxErrorCode, detail: string, options?: ErrorOptions) {
    super(code, OUTBOX_ERRORS[code], `${detail} (${code})`, options);
  }
}
