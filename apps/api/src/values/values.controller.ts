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
import { ApiProblems, ProblemError, conditionsOf, readOutcome } from '@nestfleet/service';
import type { Values } from '@nestfleet/state';
import { InjectValues } from '@nestfleet/state/nest';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotModifiedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MayExceedQuota } from '../caller/anonymous-quota.ts';
import { CHANGES_STATE, ETAG, MayHaveSession, READS_STATE, ofState } from '../documented-answers.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { preconditionOf } from '../preconditions.ts';
import { AnonymousValues } from './anonymous-values.ts';
import { changedMeanwhile, etagOf, versionOf } from './etag.ts';

const valueNotFound = (key: string): ProblemError =>
  new ProblemError({
    status: 404,
    code: 'value_not_found',
    title: 'No such value',
    detail: `Nothing is stored under "${key}"`,
  });

const NOT_FOUND = { status: 404, code: 'value_not_found', meaning: 'nothing is stored under the key' };

const IF_MATCH = {
  name: 'if-match',
  required: false,
  description: 'ETags, one of which must be stored, or `*` for anything that is',
};

@Controller('values')
@ApiTags('values')
@MayBeLimited()
export class ValuesController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly anonymous: AnonymousValues,
    @InjectValues() private readonly values: Values,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Keys by prefix, a page at a time',
    description:
      'Pages come in no order. `next_cursor` of a page asks for the next one until it is null; a page may be empty before that.',
  })
  @ApiOkResponse({ standardSchema: valueList })
  @ApiProblems(...READS_STATE, ...ofState('invalid_cursor'))
  async list(@Query({ schema: listValuesQuery }) query: ListValuesQuery): Promise<ValueList> {
    const page = await this.values.list(query);
    return { keys: [...page.keys], next_cursor: page.nextCursor ?? null };
  }

  @Get(':key')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read a value; any replica gives the same' })
  @ApiHeader(IF_MATCH)
  @ApiHeader({
    name: 'if-none-match',
    required: false,
    description: 'ETags that are known already: 304 for one of them',
  })
  @ApiOkResponse({ standardSchema: storedValue, headers: ETAG })
  @ApiNotModifiedResponse({ description: 'It is one of those that are known already', headers: ETAG })
  @ApiProblems(NOT_FOUND, ...READS_STATE, ...ofState('version_conflict', 'wrong_type'))
  async get(
    @Param('key', { schema: valueKey }) key: string,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StoredValue | undefined> {
    const found = await this.values.get(key);
    if (!found) throw valueNotFound(key);
    const outcome = readOutcome(conditionsOf(headers), String(found.version));
    if (outcome === 'changed') throw changedMeanwhile(key);
    void reply.header('etag', etagOf(found.version));
    if (outcome === 'not-modified') {
      void reply.code(304);
      return undefined;
    }
    return this.shown(key, found);
  }

  @Put(':key')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Write a value, optionally only over a known version',
    description:
      'With If-Match a write that is sent twice happens once at most. When the answer to the first was lost the second ' +
      'answers 412, and a GET shows whose value is stored. Without a session a value lives for VALUES_ANONYMOUS_TTL_MS ' +
      'at most, also where no `ttl_ms` is given.',
  })
  @ApiHeader(IF_MATCH)
  @ApiHeader({
    name: 'if-none-match',
    required: false,
    description: '`*`: nothing must be stored; or ETags, none of which must be stored',
  })
  @ApiCreatedResponse({
    description: 'Nothing was stored under the key before',
    standardSchema: storedValue,
    headers: ETAG,
  })
  @ApiOkResponse({ description: 'It replaced a value', standardSchema: storedValue, headers: ETAG })
  @ApiProblems(
    ...CHANGES_STATE,
    ...ofState('version_conflict', 'value_too_large', 'invalid_value', 'invalid_ttl', 'wrong_type'),
  )
  @MayExceedQuota(...ofState('state_memory_low'))
  @MayHaveSession()
  async put(
    @Param('key', { schema: valueKey }) key: string,
    @Body({ schema: putValue }) body: PutValue,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StoredValue> {
    const precondition = preconditionOf(conditionsOf(request.headers), versionOf);
    const { value, ttl_ms: ttlMs } = body;
    const stored = await this.anonymous.store(request, { key, value, ttlMs }, (stay) =>
      this.values.put(key, value, { ...precondition, ...stay }),
    );
    void reply.code(stored.created ? 201 : 200).header('etag', etagOf(stored.version));
    return this.shown(key, stored);
  }

  @Delete(':key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a value; 404 where nothing is stored, whatever the condition' })
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'if-none-match', required: false, description: 'ETags, none of which must be stored' })
  @ApiNoContentResponse({ description: 'It is removed' })
  @ApiProblems(NOT_FOUND, ...CHANGES_STATE, ...ofState('version_conflict', 'wrong_type'))
  async remove(@Param('key', { schema: valueKey }) key: string, @Req() { headers }: FastifyRequest): Promise<void> {
    const removed = await this.values.remove(key, preconditionOf(conditionsOf(headers), versionOf));
    if (!removed) throw valueNotFound(key);
  }

  private shown(key: string, stored: { value: string; version: number; ttlMs: number | null }): StoredValue {
    return { key, value: stored.value, version: stored.version, ttl_ms: stored.ttlMs, served_by: this.identity.name };
  }
}
