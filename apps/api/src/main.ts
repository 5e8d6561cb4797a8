import 'reflect-metadata';
import { runService } from '@nestfleet/service-defaults';
import { apiConfig } from './api.config.ts';
import { compose } from './compose.ts';
import { VERSION } from './version.ts';

await runService({
  name: 'api',
  version: VERSION,
  title: 'Nestfleet api',
  description: 'Stateful endpoints that any replica can serve.',
  config: apiConfig,
  compose,
});
