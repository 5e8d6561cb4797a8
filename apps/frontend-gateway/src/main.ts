import 'reflect-metadata';
import { runService } from '@nestfleet/service-defaults';
import { compose } from './compose.ts';
import { deadlineFault, gatewayConfig } from './gateway.config.ts';
import { VERSION } from './version.ts';

await runService({
  name: 'frontend-gateway',
  version: VERSION,
  title: 'Nestfleet gateway',
  description: 'The front door: the dashboard, what is running, and the way to the api.',
  config: gatewayConfig,
  fault: deadlineFault,
  compose,
});
