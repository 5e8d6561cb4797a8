import { HEALTH_PATHS } from '@nestfleet/contracts';
import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import {
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { HealthProbe } from '../hooks.ts';
import type { Identity } from '../identity.ts';
import { ApiProblems } from '../http/documented-problems.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { ProblemError } from '../problem/problem.ts';
import { runProbe } from './probes.ts';
import { notServing } from './readiness.ts';

export const HEALTH_PROBES = Symbol('health probes');
export const HEALTH_IDENTITY = Symbol('who answers');

/**
 * status names the instance that answers, so that whoever asks a cached address can tell this replica from another behind
 * the same port.
 */
const status = z
  .object({
    status: z.literal('ok'),
    service: z.string().describe('Name of the service'),
    instance_id: z.string().describe('Id of the replica in the catalog'),
  })
  .meta({
    id: 'Status',
    description: 'Yes',
    examples: [{ status: 'ok', service: 'api', instance_id: 'api-2-1795898948130' }],
  });
const indicatorsSchema = z.record(
  z.string(),
  z.object({ status: z.enum(['up', 'degraded', 'down']), message: z.string().optional() }),
);
const detail = z
  .object({
    status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
    info: indicatorsSchema.optional().describe('What works'),
    error: indicatorsSchema.optional().describe('What does not'),
    details: indicatorsSchema.describe('Everything'),
    phase: z.enum(['starting', 'serving', 'drained', 'draining', 'stopped']).describe('What this replica is about'),
  })
  .meta({
    id: 'HealthDetail',
    description: 'What it depends on; degraded while a dependency is unreachable',
    examples: [
      {
        status: 'ok',
        info: { redis: { status: 'up', message: '1 ms' } },
        error: {},
        details: { redis: { status: 'up', message: '1 ms' } },
        phase: 'serving',
      },
    ],
  });

const STARTING = { status: 503, code: 'starting', meaning: 'it waits for what it needs before its first request' };
const DRAINED = { status: 404, code: 'drained', meaning: 'it was taken out of service, and may return' };
const DRAINING = { status: 404, code: 'draining', meaning: 'it is shutting down' };

/**
 * HealthController serves the liveness, startup, readiness and detail checks; what each means and who reads it is in the
 * contract's table.
 */
@Controller()
@ApiTags('health')
export class HealthController {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(HEALTH_PROBES) private readonly probes: readonly HealthProbe[],
    @Inject(HEALTH_IDENTITY) private readonly identity: Pick<Identity, 'service' | 'instanceId'>,
  ) {}

  @Get(HEALTH_PATHS.live)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The event loop of this process turns' })
  @ApiOkResponse({ standardSchema: status })
  live(): z.infer<typeof status> {
    return this.ok();
  }

  @Get(HEALTH_PATHS.startup)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Has been ready once' })
  @ApiOkResponse({ standardSchema: status })
  @ApiProblems(STARTING)
  started(): z.infer<typeof status> {
    if (!this.lifecycle.hasBeenReady) throw new ProblemError(notServing(this.lifecycle));
    return this.ok();
  }

  @Get(HEALTH_PATHS.ready)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'May be sent requests: 503 starting, 404 drained or shutting down' })
  @ApiOkResponse({ standardSchema: status })
  @ApiProblems(STARTING, DRAINED, DRAINING)
  ready(): z.infer<typeof status> {
    if (this.lifecycle.phase !== 'serving') throw new ProblemError(notServing(this.lifecycle));
    return this.ok();
  }

  @Get(HEALTH_PATHS.detail)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What this replica depends on, for people; degraded is 200' })
  @ApiOkResponse({ standardSchema: detail })
  @ApiServiceUnavailableResponse({ description: 'The same, before its first request', standardSchema: detail })
  @ApiNotFoundResponse({ description: 'The same, while it is out of service or shutting down', standardSchema: detail })
  async detail(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const result = await this.health.check(
      this.probes.map((probe) => async () => {
        const { status: found, detail: message } = await runProbe(probe);
        const session = this.indicators.check(probe.name);
        const data: Record<string, string> = message === undefined ? {} : { message };
        // Shared dependencies never take a replica out of service, so "down" shows as degraded.
        return found === 'up' ? session.up(data) : session.degraded(data);
      }),
    );
    if (this.lifecycle.phase !== 'serving') reply.code(this.lifecycle.phase === 'starting' ? 503 : 404);
    return { ...result, phase: this.lifecycle.phase };
  }

  private ok(): z.infer<typeof status> {
    return { status: 'ok', service: this.identity.service, instance_id: this.identity.instanceId };
  }
}
