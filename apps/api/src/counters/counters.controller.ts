import {
  type Counter,
  type CounterQuery,
  type PostCounter,
  counter,
  counterName,
  counterQuery,
  postCounter,
} from '@nestfleet/contracts';
import { type Counters, idempotencyTokenOf, type WindowCount } from '@nestfleet/state';
import { InjectCounters } from '@nestfleet/state/nest';
import { ApiProblems } from '@nestfleet/service';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CHANGES_STATE, MayHaveSession, READS_STATE, ofState } from '../documented-answers.ts';
import { TakesIdempotencyKey } from '../idempotency/takes-idempotency-key.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { AnonymousCounters } from './anonymous-counters.ts';

@Controller('counters')
@ApiTags('counters')
@MayBeLimited()
export class CountersController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly anonymous: AnonymousCounters,
    @InjectCounters() private readonly counters: Counters,
  ) {}

  @Get(':name')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read a counter, or its count within a window' })
  @ApiOkResponse({ standardSchema: counter })
  @ApiProblems(...READS_STATE, ...ofState('wrong_type'))
  async read(
    @Param('name', { schema: counterName }) name: string,
    @Query({ schema: counterQuery }) { window_ms: windowMs }: CounterQuery,
  ): Promise<Counter> {
    if (windowMs === undefined) return this.shown(name, await this.counters.read(name));
    return this.shownWithin(name, windowMs, await this.counters.readWithin(name, { windowMs }));
  }

  /**
   * The key goes into the counting itself, in the same step. So a retry counts once also where the replica died before
   * anybody could store its response.
   */
  @Post(':name')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Move a counter, or its count within the window that runs now',
    description:
      'Without a body it moves by 1. With an Idempotency-Key a request that is sent twice moves it once. A counter that is made ' +
      'without a session lives for VALUES_ANONYMOUS_TTL_MS, unless somebody with one moves it too, and its window is no longer; ' +
      'to move one that is there takes nothing from the quota.',
  })
  @MayHaveSession()
  @TakesIdempotencyKey()
  @ApiBody({ required: false })
  @ApiOkResponse({ standardSchema: counter })
  @ApiProblems(
    ...CHANGES_STATE,
    ...ofState('wrong_type', 'counter_overflow', 'invalid_window', 'idempotency_token_reused'),
  )
  async add(
    @Param('name', { schema: counterName }) name: string,
    @Body({ schema: postCounter }) { by, window_ms: windowMs }: PostCounter,
    @Req() request: FastifyRequest,
  ): Promise<Counter> {
    const idempotencyToken = idempotencyTokenOf(request);
    const options = idempotencyToken === undefined ? {} : { idempotencyToken };
    return this.anonymous.move(request, { name, windowMs }, async (making) => {
      if (windowMs === undefined) return this.shown(name, await this.counters.add(name, by, { ...options, ...making }));
      const { onlyExisting = false } = making;
      const moved = await this.counters.addWithin(name, { windowMs, by, onlyExisting, ...options });
      return this.shownWithin(name, windowMs, moved);
    });
  }

  private shown(name: string, count: number): Counter {
    return { name, count, window_ms: null, window_ends_in_ms: null, served_by: this.identity.name };
  }

  private shownWithin(name: string, windowMs: number, { count, endsInMs }: WindowCount): Counter {
    return { name, count, window_ms: windowMs, window_ends_in_ms: endsInMs, served_by: this.identity.name };
  }
}
