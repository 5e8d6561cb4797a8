type Write = (fields: object, message: string) => void;

/** The part of a pino logger that this lib uses. */
export interface RedisLog {
  readonly info: Write;
  readonly warn: Write;
}

const nothing = (): void => undefined;
export const silentLog: RedisLog = { info: nothing, warn: nothing };
