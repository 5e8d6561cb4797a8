import { errorOf, messageOf } from '@nestfleet/contracts';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Identity } from './identity.ts';
import { isoTime, linesOfATurn } from './log-lines.ts';
import { currentRequestId } from './request-context.ts';

export type { Logger } from 'pino';

const MOST_TEXT = 2_000;

/** createLogger writes JSON lines to stdout; `request_id` is in every line that is written for a request. */
export function createLogger(identity: Identity, level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { service: identity.service, instance: identity.name },
      timestamp: isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }), log: withError },
      serializers: { err: serializedError },
      redact: { paths: ['headers.cookie', 'headers.authorization', 'url', 'redis_url'], censor: '[hidden]' },
      mixin: () => {
        const requestId = currentRequestId();
        return requestId === undefined ? {} : { request_id: requestId };
      },
    },
    destination ?? standardOutput(),
  );
}

/** pino leaves out an `err` that is undefined, which is what was thrown then. */
const withError = (fields: Record<string, unknown>): Record<string, unknown> =>
  'err' in fields ? { ...fields, err: errorOf(fields['err']) } : fields;

/** A line that is about a fault must not be the next one: what hangs on an error may throw when it is read. */
function serializedError(error: Error): object {
  try {
    return pino.stdSerializers.err(error);
  } catch {
    return { type: 'Error', message: messageOf(error) };
  }
}

/** A process that ends, in whatever way it can still notice, has written all its lines. */
function standardOutput(): DestinationStream {
  const lines = linesOfATurn(pino.destination({ fd: 1, sync: true }));
  process.on('exit', () => lines.flushSync());
  return lines;
}

/** nestLogger writes Nest's own lines in our format. Its lines about mapped routes is debug. */
export function nestLogger(log: Logger): LoggerService {
  const write =
    (level: 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = rest.at(-1);
      const text = typeof message === 'string' ? message : (errorOf(message).stack ?? messageOf(message));
      log[level](
        { context: typeof context === 'string' ? context.slice(0, 100) : undefined },
        text.slice(0, MOST_TEXT),
      );
    };
  return {
    log: write('debug'),
    verbose: write('debug'),
    debug: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
