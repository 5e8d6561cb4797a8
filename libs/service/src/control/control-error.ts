import type { ControlRefusal } from '@nestfleet/contracts';

/** ControlError refuses a message of the control plane; the sender gets code and message. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlRefusal['code'];

  constructor(code: ControlRefusal['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** toRefusal exposes the code and message of a ControlError only: any other error is in the log. */
export const toRefusal = (error: unknown): ControlRefusal =>
  error instanceof ControlError
    ? { code: error.code, message: error.message }
    : { code: 'control_failed', message: 'something went wrong here' };
