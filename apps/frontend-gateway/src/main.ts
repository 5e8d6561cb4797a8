import 'reflect-metadata';
import { runService } from '@nestfleet/service';
import { compose } from './compose.ts';
import { deadlineFault, gatewayConfig } from './gateway.config.ts';
import { VERSION } from './version.ts';

await runService({
  name: 'frontend-gateway',
  version: VERSION,
  title: 'Nestfleet gateway',
  description:
    'The edge proxy: the dashboard, what is running, and the way to the api. Below `/api` it passes requests on to a replica ' +
    'of the api, which has a document of its own (`/api/openapi.json`). Errors are `application/problem+json` (RFC 9457).',
  license: 'MIT',
  tags: {
    topology: 'What is running, as this gateway sees it',
    whoami: 'Which gateway answers, and which replica of the api',
  },
  config: gatewayConfig,
  fault: deadlineFault,
  compose,
});
