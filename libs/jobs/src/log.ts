export type JobLogWrite = (fields: object, message: string) => void;

export type JobLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The part of a pino logger that this lib uses. */
export interface JobLog extends Readonly<Record<JobLogLevel, JobLogWrite>> {
  /** Of a level that is not, no line is made. @default all are */
  readonly isLevelEnabled?: (level: JobLogLevel) => boolean;
}

const nothing = (): void => undefined;
export const silentLog: JobLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The same log with `fields` in every line. */
export const withFields = (log: JobLog, fields: object): JobLog => new LogWithFields(log, fields);

/** Writers, and the fields of a line, are made as they are asked for, because each attempt has a log and few lines are written. */
class LogWithFields implements JobLog {
  private readonly log: JobLog;
  private readonly outer: LogWithFields | undefined;
  private readonly ownFields: object;

  constructor(log: JobLog, fields: object) {
    this.outer = log instanceof LogWithFields ? log : undefined;
    this.log = this.outer?.log ?? log;
    this.ownFields = fields;
  }

  get debug(): JobLogWrite {
    return this.writer('debug');
  }

  get info(): JobLogWrite {
    return this.writer('info');
  }

  get warn(): JobLogWrite {
    return this.writer('warn');
  }

  get error(): JobLogWrite {
    return this.writer('error');
  }

  isLevelEnabled(level: JobLogLevel): boolean {
    return this.log[level] !== nothing && (this.log.isLevelEnabled?.(level) ?? true);
  }

  private get fields(): object {
    return this.outer === undefined ? this.ownFields : { ...this.outer.fields, ...this.ownFields };
  }

  private writer(level: JobLogLevel): JobLogWrite {
    if (!this.isLevelEnabled(level)) return nothing;
    return (more, message) => this.log[level]({ ...this.fields, ...more }, message);
  }
}
