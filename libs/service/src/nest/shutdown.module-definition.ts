import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ShutdownOptions } from './shutdown-options.ts';

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: SHUTDOWN_OPTIONS,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<ShutdownOptions>({ optionsInjectionToken: 'nestfleet:shutdown-options' })
  .setClassMethodName('forRoot')
  .build();
