import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ArrivedHeaders,
  type BytesQuery,
  type BytesReceipt,
  type StreamEvent,
  type StreamQuery,
  type WaitQuery,
  type Waited,
  arrivedHeaders,
  bytesQuery,
  bytesReceipt,
  patternBlocks,
  streamQuery,
  waitQuery,
  waited,
} from '@nestfleet/contracts';
import { ProblemError } from '@nestfleet/service-defaults';
import { Controller, Get, Header, HttpCode, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiIdentity } from '../identity.provider.ts';

/** What a front door does to headers, streams and large bodies, seen from behind it. Off unless DIAGNOSTIC_ROUTES. */
@Controller('diagnostics')
@ApiTags('diagnostics')
export class DiagnosticsController {
  constructor(private readonly identity: ApiIdentity) {}

  @Get('headers')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The headers as they arrived here' })
  @ApiOkResponse({ standardSchema: arrivedHeaders })
  headers(@Req() request: FastifyRequest): ArrivedHeaders {
    const { rawHeaders } = request.raw;
    const pairs = rawHeaders.flatMap((name, at): [string, string][] =>
      at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [],
    );
    return {
      pairs,
      client: request.ip,
      protocol: request.protocol,
      host: request.host,
      served_by: this.identity.name,
    };
  }

  @Get('stream')
  @ApiOperation({ summary: 'Events at a fixed pace' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'One event each interval, the first at once' })
  stream(
    @Query({ schema: streamQuery }) query: StreamQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): StreamableFile {
    void reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no');
    // Not an object stream: each event is one chunk, which leaves as it comes.
    return new StreamableFile(Readable.from(paced(query), { objectMode: false }), { type: 'text/event-stream' });
  }

  @Get('wait')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'An answer that takes its time' })
  @ApiOkResponse({ standardSchema: waited })
  async wait(@Query({ schema: waitQuery }) { ms }: WaitQuery): Promise<Waited> {
    await sleep(ms);
    return { waited_ms: ms, served_by: this.identity.name };
  }

  @Get('bytes')
  @ApiOperation({ summary: 'A body of any size, made on the way' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ description: 'A known pattern' })
  bytes(
    @Query({ schema: bytesQuery }) { size }: BytesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): StreamableFile {
    void reply.header('cache-control', 'no-store');
    return new StreamableFile(Readable.from(patternBlocks(size), { objectMode: false }), {
      type: 'application/octet-stream',
      length: size,
    });
  }

  @Post('bytes')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Counts and hashes a body of any size, and keeps none of it' })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ standardSchema: bytesReceipt })
  async count(@Req() request: FastifyRequest): Promise<BytesReceipt> {
    const startMs = performance.now();
    if (request.headers['content-type'] !== 'application/octet-stream') throw notBytes();
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of request.raw as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const tookMs = Math.round(performance.now() - startMs);
    return { bytes, sha256: hash.digest('hex'), took_ms: tookMs, served_by: this.identity.name };
  }
}

async function* paced({ events, interval_ms: intervalMs }: StreamQuery): AsyncGenerator<string> {
  for (let index = 0; index < events; index += 1) {
    if (index > 0) await sleep(intervalMs);
    const event: StreamEvent = { index, of: events, sent_at_ms: Date.now() };
    yield `id: ${index}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

const notBytes = (): ProblemError =>
  new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    title: 'This media type is not read here',
    detail: 'Only application/octet-stream is counted',
  });
