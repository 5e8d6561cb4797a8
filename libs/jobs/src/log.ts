type Write = (fields: object, message: string) => void;

/** The part of a pino logger that this lib uses. */
export interface JobLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const nothing = (): void => undefined;
export const silentLog: JobLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The same log with `fields` in every line. */
export function withFields(log: JobLog, fields: object): JobLog {
  const bound =
    (level: keyof JobLog): Write =>
    (more, message) =>
      log[level]({ ...fields, ...more }, message);
  return { debug: bound('debug'), info: bound('info'), warn: bound('warn'), error: bound('error') };
}
