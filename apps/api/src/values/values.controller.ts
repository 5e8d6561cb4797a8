import {
  type ListValuesQuery,
  type PutValue,
  type StoredValue,
  type ValueList,
  listValuesQuery,
  putValue,
  storedValue,
  valueKey,
  valueList,
} from '@nestfleet/contracts';
import { ProblemError } from '@nestfleet/service-defaults';
import type { Values } from '@nestfleet/state';
import { InjectValues } from '@nestfleet/state/nest';
import { Body, Controller, Delete, Get, Header, Headers, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiIdentity } from '../identity.provider.ts';
import { etagOf, expectedOf, notModified } from './etag.ts';

export const valueNotFound = (key: string): ProblemError =>
  new ProblemError({
    status: 404,
    code: 'value_not_found',
    title: 'No such value',
    detail: `Nothing is stored under "${key}"`,
  });

@Controller('values')
@ApiTags('values')
export class ValuesController {
  constructor(
    private readonly identity: ApiIdentity,
    @InjectValues() private readonly values: Values,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Keys by prefix, a page at a time' })
  @ApiOkResponse({ standardSchema: valueList })
  async list(@Query({ schema: listValuesQuery }) query: ListValuesQuery): Promise<ValueList> {
    const page = await this.values.list(query);
    return { keys: [...page.keys], next_cursor: page.nextCursor ?? null };
  }

  @Get(':key')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read a value; any replica gives the same' })
  @ApiHeader({ name: 'if-none-match', required: false, description: 'ETag that is known already' })
  @ApiOkResponse({ standardSchema: storedValue })
  async get(
    @Param('key', { schema: valueKey }) key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') ifNoneMatch?: string,
  ): Promise<StoredValue | undefined> {
    const found = await this.values.get(key);
    if (!found) throw valueNotFound(key);
    void reply.header('etag', etagOf(found.version));
    if (notModified(ifNoneMatch, found.version)) {
      void reply.code(304);
      return undefined;
    }
    return this.shown(key, found);
  }

  @Put(':key')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Write a value, optionally only over a known version' })
  @ApiHeader({ name: 'if-match', required: false, description: 'ETag that must be stored' })
  @ApiHeader({ name: 'if-none-match', required: false, description: '`*`: nothing must be stored' })
  @ApiOkResponse({ standardSchema: storedValue })
  async put(
    @Param('key', { schema: valueKey }) key: string,
    @Body({ schema: putValue }) body: PutValue,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-match') ifMatch?: string,
    @Headers('if-none-match') ifNoneMatch?: string,
  ): Promise<StoredValue> {
    const ifVersion = expectedOf(ifMatch, ifNoneMatch);
    const stored = await this.values.put(key, body.value, {
      ...(body.ttl_ms === undefined ? {} : { ttlMs: body.ttl_ms }),
      ...(ifVersion === undefined ? {} : { ifVersion }),
    });
    void reply.header('etag', etagOf(stored.version));
    return this.shown(key, stored);
  }

  @Delete(':key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a value' })
  @ApiHeader({ name: 'if-match', required: false, description: 'ETag that must be stored' })
  @ApiNoContentResponse()
  async remove(@Param('key', { schema: valueKey }) key: string, @Headers('if-match') ifMatch?: string): Promise<void> {
    const ifVersion = expectedOf(ifMatch, undefined);
    const removed = await this.values.remove(key, typeof ifVersion === 'number' ? { ifVersion } : {});
    if (!removed) throw valueNotFound(key);
  }

  private shown(key: string, stored: { value: string; version: number; ttlMs: number | null }): StoredValue {
    return { key, value: stored.value, version: stored.version, ttl_ms: stored.ttlMs, served_by: this.identity.name };
  }
}
