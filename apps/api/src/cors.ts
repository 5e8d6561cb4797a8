import { services } from '@nestfleet/contracts';
import { allowOriginsOnProblems, CORS_EXPOSED_HEADERS } from '@nestfleet/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Lets pages of these origins call with cookies. An OPTIONS that is no preflight is not answered as one. */
export function allowOrigins(app: NestFastifyApplication, origins: string[]): void {
  const options = {
    origin: origins,
    credentials: true,
    // Without a list browsers are allowed GET, HEAD and POST only.
    methods: [...new Set(services.api.routes.map((rule) => rule.method))],
    exposedHeaders: [...CORS_EXPOSED_HEADERS],
  };
  app.enableCors({
    delegator: ({ headers }, done) => {
      const isPreflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
      done(null, { ...options, preflight: isPreflight });
    },
  });
  // What is refused before that is asked: a full queue, a passed deadline, a request that does not fit.
  allowOriginsOnProblems(app.getHttpAdapter().getInstance(), origins);
}
