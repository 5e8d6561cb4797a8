import { IDEMPOTENCY_KEY_HEADER } from '@nestfleet/contracts';
import { ApiProblems } from '@nestfleet/service';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { MayExceedQuota } from '../caller/anonymous-quota.ts';
import { ofState } from '../documented-answers.ts';

/** TakesIdempotencyKey documents what installIdempotency does on the routes that the contract names. */
export const TakesIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: IDEMPOTENCY_KEY_HEADER,
      required: false,
      description:
        'Made up by the caller, best a random UUID. Sent again within 24 hours, the request is answered as it was the first ' +
        'time, with `idempotency-replayed: true`, and not done again; a session cookie is in that answer only for a random UUID. ' +
        'Of a caller without a session a new key counts against the quota of what is stored',
    }),
    ApiProblems(
      {
        status: 409,
        code: 'idempotency_in_flight',
        meaning: 'the first request with this key is under way; try again with the same key',
        retryAfter: true,
      },
      {
        status: 409,
        code: 'idempotency_response_not_stored',
        meaning: 'it was done for this key, and its answer was too large to be kept',
      },
      { status: 422, code: 'idempotency_mismatch', meaning: 'the key was used for another request' },
      ...ofState('state_memory_low'),
    ),
    MayExceedQuota(),
  );
