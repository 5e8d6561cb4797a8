import { Inject, Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { Discovery } from '../discovery.ts';
import { reasonOf } from '../errors.ts';
import { DISCOVERY } from './discovery.module-definition.ts';

/**
 * For terminus: `health.check([() => indicator.isHealthy()])`. An unreachable registry is `degraded` and never `down`:
 * the last good set stays in use, so taking this replica out would only make things worse.
 */
@Injectable()
export class DiscoveryHealthIndicator {
  constructor(@Inject(DISCOVERY) private readonly discovery: Discovery) {}

  /** Within about a second per address of the registry; never rejects. */
  async isHealthy(key = 'discovery'): Promise<HealthIndicatorResult> {
    try {
      return { [key]: { status: 'up', ping_ms: Math.round(await this.discovery.ping()) } };
    } catch (error) {
      return { [key]: { status: 'degraded', message: reasonOf(error) } };
    }
  }
}
