/** The part of a pino logger that this lib uses. */
export interface RedisLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
}

const nothing = (): void => undefined;
export const silentLog: RedisLog = { info: nothing, warn: nothing };
