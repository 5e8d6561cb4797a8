import type { BaseConfig } from './config/base-config.ts';
import type { Identity } from './identity.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';

/** ServiceContext is what boot has made before an app is composed: configuration, identity, lifecycle, log, metrics. */
export interface ServiceContext<C extends BaseConfig> {
  readonly config: C;
  readonly identity: Identity;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly metrics: Metrics;
}
