import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { HealthProbe } from '../boot/composition.ts';
import type { Identity } from '../identity.ts';
import { Lifecycle } from '../lifecycle.ts';
import { ProblemError } from '../problem/problem.ts';
import { runProbe } from './probes.ts';

export const HEALTH_PROBES = Symbol('health probes');
export const HEALTH_IDENTITY = Symbol('who answers');

/** Says who answers, so that whoever asks a remembered address can tell this replica from another behind the same port. */
const status = z.object({ status: z.string(), service: z.string(), instance_id: z.string() }).meta({ id: 'Status' });
const detail = z
  .object({ status: z.string(), info: z.unknown(), error: z.unknown(), details: z.unknown() })
  .meta({ id: 'HealthDetail' });

const notServing = ({ phase }: Lifecycle): ProblemError => {
  if (phase === 'starting')
    return new ProblemError({
      status: 503,
      code: 'starting',
      title: 'Not ready yet',
      detail: 'Waits for what it needs before its first request',
      retryAfterS: 1,
    });
  const drained = phase === 'drained';
  return new ProblemError({
    status: 404,
    code: drained ? 'drained' : 'draining',
    title: drained ? 'This replica was taken out of service' : 'This replica is leaving',
    detail: 'It takes no new work',
  });
};

/** The four health answers; what each means and who reads it is in the contract's table. */
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

  @Get('livez')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The event loop of this process turns' })
  @ApiOkResponse({ standardSchema: status })
  live(): z.infer<typeof status> {
    return this.ok();
  }

  @Get('startupz')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Has been ready once' })
  @ApiOkResponse({ standardSchema: status })
  started(): z.infer<typeof status> {
    if (!this.lifecycle.hasBeenReady) throw notServing(this.lifecycle);
    return this.ok();
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'May be sent requests: 503 starting, 404 drained or leaving' })
  @ApiOkResponse({ standardSchema: status })
  ready(): z.infer<typeof status> {
    if (this.lifecycle.phase !== 'serving') throw notServing(this.lifecycle);
    return this.ok();
  }

  @Get('healthz')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What this replica depends on, for people; degraded is 200' })
  @ApiOkResponse({ standardSchema: detail })
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
