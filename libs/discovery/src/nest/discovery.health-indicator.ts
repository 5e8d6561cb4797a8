import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Discovery } from '../discovery.ts';
import { reasonOf } from '../errors.ts';
import { discoveryToken } from './tokens.ts';

/** DiscoveryHealth is a result of terminus, without its types: the lib does not need it. */
export type DiscoveryHealth = Record<
  string,
  { readonly status: 'up'; readonly ping_ms: number } | { readonly status: 'degraded'; readonly message: string }
>;

/**
 * For terminus: `health.check([() => indicator.isHealthy()])`. An unreachable registry is `degraded` and never `down`:
 * the last good set stays in use, so taking this replica out would only make things worse.
 */
@Injectable()
export class DiscoveryHealthIndicator {
  constructor(private readonly modules: ModuleRef) {}

  /**
   * Within about a second per address of the registry; rejects only where no DiscoveryModule has that name.
   * @param name of the DiscoveryModule, where it has one
   */
  async isHealthy(key = 'discovery', name?: string): Promise<DiscoveryHealth> {
    const discovery = this.modules.get<Discovery>(discoveryToken(name), { strict: false });
    try {
      return { [key]: { status: 'up', ping_ms: Math.round(await discovery.ping()) } };
    } catch (error) {
      return { [key]: { status: 'degraded', message: reasonOf(error) } };
    }
  }
}
