import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Discovery, DiscoveryOptions, DiscoverySource } from '../discovery.ts';

/** Injection token of the Discovery. */
export const DISCOVERY = 'nestfleet:discovery';

/** A discovery that is open already and stays its opener's to close, or how to open one that the module closes itself. */
export type DiscoveryModuleOptions = Discovery | (DiscoveryOptions & { readonly source: DiscoverySource });

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DiscoveryModuleOptions>({
    optionsInjectionToken: 'nestfleet:discovery-options',
  })
    .setClassMethodName('forRoot')
    .build();
