/** The part of a pino logger that this lib uses. */
export interface OutboxLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

const nothing = (): void => undefined;
export const silentLog: OutboxLog = { info: nothing, warn: nothing, error: nothing };
