import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { idempotencyTokenOf } from '../idempotency-key/keyed-requests.ts';
import { IDEMPOTENT, idempotentInterceptor } from './idempotent.interceptor.ts';
import type { IdempotentOptions } from './idempotent.options.ts';

/**
 * Idempotent has a handler of HTTP, or all of a controller, done once for an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header):
 * a retry is answered as the first request was. Needs `StateModule`; Express and Fastify. The options of a handler hold, and not those
 * of its controller.
 */
export const Idempotent = <Request = unknown>(
  options: IdempotentOptions<Request> = {},
): MethodDecorator & ClassDecorator => {
  const interceptor = idempotentInterceptor(options);
  return applyDecorators(SetMetadata(IDEMPOTENT, interceptor), UseInterceptors(interceptor));
};

/**
 * IdempotencyToken gives a handler the text that its effects carry, so that they happen once even if this replica dies before its
 * response is stored: the same for every retry, undefined without a key.
 */
export const IdempotencyToken = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  idempotencyTokenOf(context.switchToHttp().getRequest<object>()),
);
