import { IDEMPOTENCY_KEY_HEADER, PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

const content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };

/** Documents what installIdempotency does on the routes that the contract names. */
export const TakesIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: IDEMPOTENCY_KEY_HEADER,
      required: false,
      description:
        'Made up by the caller, best a random UUID. Sent again within 24 hours, the request is answered as it was the first ' +
        'time, with `idempotency-replayed: true`, and not done again; a session cookie is in that answer only for a random UUID',
    }),
    ApiResponse({
      status: 409,
      description:
        'The state does not allow it; or `idempotency_in_flight`: the first request with this key is under way',
      headers: {
        'retry-after': { description: 'Seconds, 5 at most, where it is under way', schema: { type: 'integer' } },
      },
      content,
    }),
    ApiResponse({ status: 422, description: 'The key was used for another request', content }),
  );
