import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ShutdownOptions } from './shutdown-options.ts';

/** ShutdownModuleBase has `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass: ShutdownModuleBase, MODULE_OPTIONS_TOKEN: SHUTDOWN_OPTIONS } =
  new ConfigurableModuleBuilder<ShutdownOptions>({ optionsInjectionToken: 'nestfleet:shutdown-options' })
    .setClassMethodName('forRoot')
    .build();
