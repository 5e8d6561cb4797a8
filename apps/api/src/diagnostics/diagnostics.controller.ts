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
import { ApiProblems, clientHost, clientProtocol, endGracefully, Lifecycle, ProblemError } from '@nestfleet/service';
import { Controller, Get, Header, Headers, HttpCode, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiIdentity } from '../identity.provider.ts';

/** As an `EventSource` sends it when it comes back. */
const LAST_EVENT_ID = 'last-event-id';

/**
 * DiagnosticsController shows what an edge proxy does to headers, streams and large bodies, seen from behind it. Off unless
 * DIAGNOSTIC_ROUTES.
 */
@Controller('diagnostics')
@ApiTags('diagnostics')
export class DiagnosticsController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly lifecycle: Lifecycle,
  ) {}

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
      protocol: clientProtocol(request),
      host: clientHost(request),
      served_by: this.identity.name,
    };
  }

  @Get('stream')
  @ApiOperation({ summary: 'Events at a fixed pace; any replica goes on behind the last one that came' })
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: LAST_EVENT_ID, required: false, description: 'Id of the last event that came' })
  @ApiOkResponse({ description: 'One event each interval, the first at once' })
  @ApiNoContentResponse({ description: 'All events came: do not reconnect' })
  stream(
    @Query({ schema: streamQuery }) query: StreamQuery,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): StreamableFile | undefined {
    void reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no');
    const first = behind(lastEventId);
    if (first >= query.events) {
      void reply.code(204);
      return undefined;
    }
    const events = endGracefully(paced(query, first), this.lifecycle.streamsEnd);
    // Not an object stream: each event is one chunk, sent as it comes.
    return new StreamableFile(Readable.from(events, { objectMode: false }), { type: 'text/event-stream' });
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
  @ApiProblems({
    status: 415,
    code: 'unsupported_media_type',
    meaning: 'the body is not of the type application/octet-stream',
  })
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

/** Number of the event behind the one with this id; 0 for an id that is none of ours. */
const behind = (lastEventId: string | undefined): number =>
  lastEventId !== undefined && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) + 1 : 0;

async function* paced({ events, interval_ms: intervalMs }: StreamQuery, first: number): AsyncGenerator<string> {
  for (let index = first; index < events; index += 1) {
    // A client that went away in between must not keep the process.
    if (index > 0) await sleep(intervalMs, undefined, { ref: false });
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
    headers: { accept: 'application/octet-stream' },
  });
