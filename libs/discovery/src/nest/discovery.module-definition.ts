import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Discovery } from '../discovery.ts';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: DISCOVERY } = new ConfigurableModuleBuilder<Discovery>({
  optionsInjectionToken: 'nestfleet:discovery',
}).build();
