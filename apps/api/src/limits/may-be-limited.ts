import { ApiProblems } from '@nestfleet/service';

/** MayBeLimited documents what installRateLimit does, on controllers whose routes are not exempt. */
export const MayBeLimited = (): ClassDecorator & MethodDecorator =>
  ApiProblems({
    status: 429,
    code: 'rate_limited',
    meaning: 'the session or address has used up its requests for now (RATE_LIMIT, off by default); nothing was done',
  });
