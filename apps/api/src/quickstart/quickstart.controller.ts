import {
  type Enqueued,
  type GetReply,
  type SetReply,
  demoJob,
  enqueueQuery,
  enqueued,
  getQuery,
  getReply,
  setQuery,
  setReply,
} from '@nestfleet/contracts';
import type { Values } from '@nestfleet/state';
import { InjectValues } from '@nestfleet/state/nest';
import { ApiProblems } from '@nestfleet/service';
import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { MayExceedQuota } from '../caller/anonymous-quota.ts';
import { CHANGES_STATE, ENQUEUES, MayHaveSession, READS_STATE, ofJobs, ofState } from '../documented-answers.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { JobsService } from '../jobs/jobs.service.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { SessionOwner } from '../caller/session-owner.ts';
import { AnonymousValues } from '../values/anonymous-values.ts';

/**
 * QuickstartController has the demo endpoints for a first look with curl. They change state by GET, so production switches
 * them off.
 */
@Controller()
@ApiTags('quickstart')
@MayBeLimited()
export class QuickstartController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly jobs: JobsService,
    private readonly owner: SessionOwner,
    private readonly anonymous: AnonymousValues,
    @InjectValues() private readonly values: Values,
  ) {}

  @Get('set')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Store a value' })
  @ApiOkResponse({ standardSchema: setReply })
  @ApiProblems(...CHANGES_STATE, ...ofState('invalid_value', 'wrong_type'))
  @MayExceedQuota(...ofState('state_memory_low'))
  @MayHaveSession()
  async set(
    @Query({ schema: setQuery }) { key, value }: { key: string; value: string },
    @Req() request: FastifyRequest,
  ): Promise<SetReply> {
    await this.anonymous.store(request, { key, value }, (stay) => this.values.put(key, value, stay));
    return { key, value, served_by: this.identity.name };
  }

  @Get('get')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read a value' })
  @ApiOkResponse({ standardSchema: getReply })
  @ApiProblems(...READS_STATE, ...ofState('wrong_type'))
  async get(@Query({ schema: getQuery }) { key }: { key: string }): Promise<GetReply> {
    const found = await this.values.get(key);
    return { key, value: found?.value ?? null, served_by: this.identity.name };
  }

  @Get('enqueue')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Enqueue a demo job' })
  @MayHaveSession()
  @ApiOkResponse({ standardSchema: enqueued })
  @ApiProblems(...READS_STATE, ...ofJobs(...ENQUEUES))
  async enqueue(
    @Query({ schema: enqueueQuery }) { job }: { job: string },
    @Req() request: FastifyRequest,
  ): Promise<Enqueued> {
    const options = { owner: await this.owner.of(request), requestId: request.id };
    return this.jobs.enqueue({ name: demoJob.name, payload: { job } }, options);
  }
}
