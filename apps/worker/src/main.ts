import 'reflect-metadata';
import { runService } from '@nestfleet/service';
import { compose } from './compose.ts';
import { VERSION } from './version.ts';
import { workerConfig } from './worker.config.ts';

await runService({
  name: 'worker',
  version: VERSION,
  title: 'Nestfleet worker',
  description: 'Runs background jobs. Serves its health only; jobs are put in through the api.',
  license: 'MIT',
  config: workerConfig,
  compose,
});
