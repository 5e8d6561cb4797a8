import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, from, map, mergeMap, type Observable, throwError } from 'rxjs';
import { saveSession, type SessionRequest } from '../session-store/save-session.ts';

/**
 * SaveSession stores what a handler changed in the session of express-session or @fastify/session before the answer is sent,
 * also where the handler throws. What cannot be stored is answered by the store's error, without a cookie.
 */
@Injectable()
export class SaveSession implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<SessionRequest>();
    const save = () => from(saveSession(request));
    return next.handle().pipe(
      catchError((error: unknown) => save().pipe(mergeMap(() => throwError(() => error)))),
      concatMap((value: unknown) => save().pipe(map(() => value))),
    );
  }
}
