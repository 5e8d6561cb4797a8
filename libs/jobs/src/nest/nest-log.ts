import { messageOf } from '@nestfleet/contracts';
import { Logger, type LoggerService } from '@nestjs/common';
import type { JobLog } from '../log.ts';

/** nestLog writes to Nest's logger, which the application may have replaced: each line its message, then its fields. */
export function nestLog(logger: Required<Pick<LoggerService, 'debug' | 'log' | 'warn' | 'error'>>): JobLog {
  return {
    debug: (fields, message) => void logger.debug(lineOf(fields, message)),
    info: (fields, message) => void logger.log(lineOf(fields, message)),
    warn: (fields, message) => void logger.warn(lineOf(fields, message)),
    error: (fields, message) => void logger.error(lineOf(fields, message)),
  };
}

export const jobsLogger = (name: string | undefined): Logger =>
  new Logger(name === undefined ? 'Jobs' : `Jobs ${name}`);

function lineOf(fields: object, message: string): string {
  const words = Object.entries(fields).map(([name, value]: [string, unknown]) => `${name}=${textOf(value)}`);
  return [message, ...words].join(' ');
}

const textOf = (value: unknown): string => (value instanceof Error ? messageOf(value) : String(value));
