import {
  IDEMPOTENCY_REPLAYED_HEADER,
  OVERLOADED_HEADER,
  RATE_LIMIT_HEADER,
  RATE_LIMIT_POLICY_HEADER,
  services,
} from '@nestfleet/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const OWN_HEADERS = [IDEMPOTENCY_REPLAYED_HEADER, OVERLOADED_HEADER, RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER];

/** Lets pages of these origins call with cookies. An OPTIONS that is no preflight is not answered as one. */
export function allowOrigins(app: NestFastifyApplication, origins: string[]): void {
  const options = {
    origin: origins,
    credentials: true,
    // Without a list browsers are allowed GET, HEAD and POST only.
    methods: [...new Set(services.api.routes.map((rule) => rule.method))],
    exposedHeaders: ['etag', 'retry-after', 'x-request-id', 'x-served-by', ...OWN_HEADERS],
  };
  app.enableCors({
    delegator: ({ headers }, done) => {
      const isPreflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
      done(null, { ...options, preflight: isPreflight });
    },
  });
}
