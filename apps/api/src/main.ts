import 'reflect-metadata';
import { runService } from '@nestfleet/service';
import { apiConfig } from './api.config.ts';
import { DESCRIPTION, TAGS } from './document-head.ts';
import { securitySchemes } from './documented-answers.ts';
import { compose } from './compose.ts';
import { VERSION } from './version.ts';

await runService({
  name: 'api',
  version: VERSION,
  title: 'Nestfleet api',
  description: DESCRIPTION,
  license: 'MIT',
  tags: TAGS,
  securitySchemes,
  config: apiConfig,
  compose,
});
