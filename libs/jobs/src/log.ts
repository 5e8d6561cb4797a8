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
export const withFields = (log: JobLog, fields: object): JobLog => new LogWithFields(log, fields);

/** Writers are made as they are asked for, because each attempt has a log and few write. */
class LogWithFields implements JobLog {
  private readonly log: JobLog;
  private readonly fields: object;

  constructor(log: JobLog, fields: object) {
    this.log = log;
    this.fields = fields;
  }

  get debug(): Write {
    return this.writer('debug');
  }

  get info(): Write {
    return this.writer('info');
  }

  get warn(): Write {
    return this.writer('warn');
  }

  get error(): Write {
    return this.writer('error');
  }

  private writer(level: keyof JobLog): Write {
    return (more, message) => this.log[level]({ ...this.fields, ...more }, message);
  }
}
