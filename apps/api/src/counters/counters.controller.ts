import {
  type Counter,
  type CounterQuery,
  type PostCounter,
  counter,
  counterName,
  counterQuery,
  postCounter,
} from '@nestfleet/contracts';
import type { Counters, WindowCount } from '@nestfleet/state';
import { InjectCounters } from '@nestfleet/state/nest';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { idempotencyKeyOf, ownedKey } from '../idempotency-key.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { SessionCookie } from '../sessions/session-cookie.ts';

@Controller('counters')
@ApiTags('counters')
export class CountersController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly cookie: SessionCookie,
    @InjectCounters() private readonly counters: Counters,
  ) {}

  @Get(':name')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read a counter, or its count within a window' })
  @ApiOkResponse({ standardSchema: counter })
  async read(
    @Param('name', { schema: counterName }) name: string,
    @Query({ schema: counterQuery }) { window_ms: windowMs }: CounterQuery,
  ): Promise<Counter> {
    if (windowMs === undefined) return this.shown(name, await this.counters.read(name));
    return this.shownWithin(name, windowMs, await this.counters.readWithin(name, { windowMs }));
  }

  /**
   * The key marks the move itself, in the same step. So a retry counts once also where the replica died before anybody
   * could keep its answer.
   */
  @Post(':name')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Move a counter, or its count within the window that runs now' })
  @ApiHeader({
    name: 'idempotency-key',
    required: false,
    description: 'Random text of the caller: sent again within 24 hours, the counter does not move again',
  })
  @ApiBody({ required: false })
  @ApiOkResponse({ standardSchema: counter })
  async add(
    @Param('name', { schema: counterName }) name: string,
    @Body({ schema: postCounter }) { by, window_ms: windowMs }: PostCounter,
    @Req() request: FastifyRequest,
  ): Promise<Counter> {
    const key = idempotencyKeyOf(request);
    const once = key === undefined ? {} : { once: ownedKey(key, request, this.cookie) };
    if (windowMs === undefined) return this.shown(name, await this.counters.add(name, by, once));
    return this.shownWithin(name, windowMs, await this.counters.addWithin(name, { windowMs, by, ...once }));
  }

  private shown(name: string, count: number): Counter {
    return { name, count, window_ms: null, window_ends_in_ms: null, served_by: this.identity.name };
  }

  private shownWithin(name: string, windowMs: number, { count, endsInMs }: WindowCount): Counter {
    return { name, count, window_ms: windowMs, window_ends_in_ms: endsInMs, served_by: this.identity.name };
  }
}
