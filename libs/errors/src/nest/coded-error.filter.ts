import type { EventEmitter } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, Logger, type Provider } from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import type { CodedError } from '../coded-error.ts';

/** Of Nest's own layer, so that lines of errors stay where they are looked for. */
const logger = new Logger('ExceptionsHandler');
const INTERNAL = 500;

class CodedErrorFilter extends BaseExceptionFilter {
  override catch(error: CodedError, host: ArgumentsHost): Observable<never> | undefined {
    switch (host.getType<string>()) {
      case 'http':
        this.reply(error, host);
        return undefined;
      // What a filter throws there reaches no caller, and on a socket it ends the process.
      case 'rpc':
        return throwError(() => ({ status: 'error', ...tell(error) }));
      case 'ws':
        host
          .switchToWs()
          .getClient<Partial<EventEmitter>>()
          .emit?.('exception', { status: 'error', ...tell(error) });
        return undefined;
      // A resolver answers with what is thrown.
      default:
        throw error;
    }
  }

  private reply(error: CodedError, host: ArgumentsHost): void {
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    if (adapter === undefined) throw error;
    const { status, retryAfterS } = error;
    const told = tell(error);
    const response = host.switchToHttp().getResponse<object>();
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    if (retryAfterS !== undefined) adapter.setHeader(response, 'Retry-After', String(retryAfterS));
    adapter.reply(response, { statusCode: status, ...told }, status);
  }
}

/** What the caller is told, and the line of the log that has the rest. */
function tell(error: CodedError): { message: string | undefined; errorCode?: string } {
  const { status, code, expose, message } = error;
  // A 500 is nothing that a client can do anything about: without a code, as Nest's own.
  const hasCode = status !== INTERNAL;
  if (!hasCode) logger.error(error);
  else if (status > INTERNAL) logger.warn(`${code}: ${message}`);
  return { message: expose ? message : STATUS_CODES[status], ...(hasCode ? { errorCode: code } : {}) };
}

/**
 * codedErrorFilter is the provider that lets an app answer errors of `type` with their status, their code and `Retry-After`. It
 * sees no other error, and none that a filter of a handler, a controller or `app.useGlobalFilters` has taken.
 */
export function codedErrorFilter(type: abstract new (...args: never[]) => CodedError): Provider {
  @Catch(type)
  class FilterOfType extends CodedErrorFilter {}
  return { provide: APP_FILTER, useClass: FilterOfType };
}
