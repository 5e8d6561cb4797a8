type Write = (fields: object, message: string) => void;

/** The part of a pino logger that this lib uses. */
export interface OutboxLog {
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const nothing = (): void => undefined;
export const silentLog: OutboxLog = { info: nothing, warn: nothing, error: nothing };
