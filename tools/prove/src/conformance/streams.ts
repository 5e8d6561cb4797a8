import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { patternBlocks } from '@nestfleet/contracts';
import type { EdgeProxy, Opened } from '../client/edge-proxy.ts';

export interface Streamed {
  readonly status: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly firstByteMs: number;
  readonly tookMs: number;
}

const LIMIT_MS = 120_000;

/** A request on which nothing moves for long is over. */
function open(edge: EdgeProxy, path: string, method: string, headers: Record<string, string>): Opened {
  const [request, answer] = edge.open(path, { method, headers });
  request.setTimeout(LIMIT_MS, () => request.destroy(new Error(`nothing moved for ${LIMIT_MS} ms`)));
  return [request, answer];
}

/** Reads a large answer, keeps none of it. */
export async function download(edge: EdgeProxy, path: string): Promise<Streamed> {
  const startMs = performance.now();
  const [request, answered] = open(edge, path, 'GET', {});
  request.end();
  const answer = await answered;
  const hash = createHash('sha256');
  let bytes = 0;
  let firstByteMs = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (bytes === 0) firstByteMs = performance.now() - startMs;
    hash.update(chunk);
    bytes += chunk.length;
  }
  const sha256 = hash.digest('hex');
  return { status: answer.statusCode ?? 0, bytes, sha256, firstByteMs, tookMs: performance.now() - startMs };
}

export interface Uploaded {
  readonly status: number;
  readonly text: string;
  /** How much had been handed to the connection when the answer's head came. */
  readonly sentBytes: number;
  /** From the head of the request until all was sent, or until the answer came before that. */
  readonly sendingMs: number;
}

export interface Upload {
  readonly method: string;
  readonly contentType: string;
  readonly size: number;
  /** The sender rests this often in between, so that one that waits for all of it shows. */
  readonly rests: number;
  readonly restMs: number;
}

/** Sends a large body with back-pressure and stops when the answer is there, as a careful client does. */
export async function upload(
  edge: EdgeProxy,
  path: string,
  { method, contentType, size, rests, restMs }: Upload,
): Promise<Uploaded> {
  const headers = { 'content-type': contentType, 'content-length': String(size) };
  const startMs = performance.now();
  const [request, answered] = open(edge, path, method, headers);
  let over = false;
  const answer = answered.then((response) => {
    over = true;
    return response;
  });
  // Until it is awaited below.
  answer.catch(() => (over = true));
  let sentBytes = 0;
  let rested = 0;
  for (const block of patternBlocks(size)) {
    if (over) break;
    if (!request.write(block)) await Promise.race([once(request, 'drain'), answer]);
    // What the kernel takes at once drains at once: without this nothing is read before all is sent.
    await nextTurn();
    sentBytes += block.length;
    if (sentBytes >= ((rested + 1) * size) / (rests + 1)) {
      rested += 1;
      await Promise.race([sleep(restMs), answer]);
    }
  }
  const sendingMs = performance.now() - startMs;
  if (!over) request.end();
  const response = await answer;
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  request.destroy();
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), sentBytes, sendingMs };
}

export interface Arrival {
  readonly atMs: number;
  readonly data: string;
}

/** Reads a text/event-stream and notes when each event came. */
export async function readEvents(
  edge: EdgeProxy,
  path: string,
): Promise<{ status: number; type: string; events: Arrival[] }> {
  const [request, answered] = open(edge, path, 'GET', { accept: 'text/event-stream' });
  request.end();
  const answer = await answered;
  const events: Arrival[] = [];
  let rest = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString('utf8')).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data !== undefined) events.push({ atMs: Date.now(), data });
    }
  }
  return { status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', events };
}
