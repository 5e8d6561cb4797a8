import { messageOf } from '@nestfleet/contracts';
import { Logger } from '@nestjs/common';
import type { ProcessLog } from '../shutdown/graceful-shutdown.ts';

/** nestLog writes the lines of the shutdown by Nest's logger, as text: not every logger takes fields. */
export function nestLog(logger: Pick<Logger, 'log' | 'warn' | 'fatal'> = new Logger('Shutdown')): ProcessLog {
  return {
    info: (fields, message) => logger.log(lineOf(fields, message)),
    warn: (fields, message) => logger.warn(lineOf(fields, message)),
    fatal: (fields, message) => logger.fatal(lineOf(fields, message)),
  };
}

function lineOf(fields: object, message: string): string {
  const { event: _event, err, ...rest } = fields as Readonly<Record<string, unknown>>;
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  if (err === undefined) return `${message}${more}`;
  return `${message}${more}: ${err instanceof Error ? (err.stack ?? err.message) : messageOf(err)}`;
}
