import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, Logger, type Provider } from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import type { CodedError } from '../coded-error.ts';

/** Of Nest's own layer, so that lines of errors stay where they are looked for. */
const logger = new Logger('ExceptionsHandler');
const INTERNAL = 500;

class CodedErrorFilter extends BaseExceptionFilter {
  override catch(error: CodedError, host: ArgumentsHost): void {
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    // A message, a resolver or a socket has no response to write to: their layers answer with what is thrown.
    if (host.getType() !== 'http' || adapter === undefined) throw error;
    const { status, code, expose, message, retryAfterS } = error;
    // A 500 is nothing that a client can do anything about: without a code, as Nest's own.
    const hasCode = status !== INTERNAL;
    if (!hasCode) logger.error(error);
    else if (status > INTERNAL) logger.warn(`${code}: ${message}`);
    const response = host.switchToHttp().getResponse<object>();
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    if (retryAfterS !== undefined) adapter.setHeader(response, 'Retry-After', String(retryAfterS));
    const words = expose ? message : STATUS_CODES[status];
    adapter.reply(response, { statusCode: status, message: words, ...(hasCode ? { errorCode: code } : {}) }, status);
  }
}

type ErrorType = abstract new (...args: never[]) => CodedError;

/**
 * codedErrorFilter is the provider that lets an app answer errors of `type` with their status, their code and `Retry-After`. It
 * sees no other error, and none that a filter of a handler, a controller or `app.useGlobalFilters` has taken.
 */
export function codedErrorFilter(type: ErrorType): Provider {
  @Catch(type)
  class FilterOfType extends CodedErrorFilter {}
  return { provide: APP_FILTER, useClass: FilterOfType };
}
