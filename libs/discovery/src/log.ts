/** Log is the part of a pino logger that this library uses. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
