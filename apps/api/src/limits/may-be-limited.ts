import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { ApiResponse } from '@nestjs/swagger';

const whole = (description: string) => ({ description, schema: { type: 'integer' as const } });
const text = (description: string) => ({ description, schema: { type: 'string' as const } });

/** Documents what installRateLimit does, on controllers whose routes are not exempt. */
export const MayBeLimited = (): ClassDecorator & MethodDecorator =>
  ApiResponse({
    status: 429,
    description: 'The session or address has used up its requests for now (RATE_LIMIT, off by default)',
    headers: {
      'retry-after': whole('Seconds until one more is answered'),
      'ratelimit-policy': text('Quotas and their windows in seconds; on every answer while a limit is set'),
      ratelimit: text('What is left and for how many seconds; on every answer while a limit is set'),
    },
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
  });
