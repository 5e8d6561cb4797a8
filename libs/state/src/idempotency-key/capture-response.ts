import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** CapturedResponse is a response as it was sent. */
export interface CapturedResponse {
  readonly status: number;
  /** By names in small letters. */
  readonly header: (name: string) => string | undefined;
  /** Undefined where it is longer than the bound. */
  readonly body: Buffer | undefined;
}

type Heads = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];

/**
 * captureResponse calls `onEnd` with the whole response before its end is sent, and sends it once that has settled: who has the
 * response can rely on what `onEnd` has stored. It works on Node's response, beneath any framework, so what filters and handlers with
 * `@Res()` answer is seen too. A body beyond `bytesMax` passes and is not held. Where the client leaves in the middle of the response,
 * nothing ends it: `onEnd` is called without a body.
 * @returns to be called when a stream is the answer, which a client that leaves ends before its headers are sent, too
 */
export function captureResponse(
  response: ServerResponse,
  bytesMax: number,
  onEnd: (captured: CapturedResponse) => Promise<unknown>,
): () => void {
  const original = {
    writeHead: response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse,
    write: response.write.bind(response) as (...args: unknown[]) => boolean,
    end: response.end.bind(response) as (...args: unknown[]) => ServerResponse,
  };
  /** What Fastify gives to `writeHead` is not found by `getHeader`. */
  const written = new Map<string, string>();
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  let isEnding = false;
  let isStreamed = false;

  function hold(chunk: unknown, encoding: unknown): void {
    if (chunks === undefined) return;
    const held = bytesOf(chunk, encoding);
    bytes += held.length;
    if (bytes > bytesMax) chunks = undefined;
    else chunks.push(held);
  }
  const captured = (): CapturedResponse => ({
    status: response.statusCode,
    header: (name) => written.get(name) ?? textOf(response.getHeader(name)),
    body: chunks && Buffer.concat(chunks),
  });

  function breakOff(): void {
    if (isEnding) return;
    isEnding = true;
    chunks = undefined;
    onEnd(captured()).catch(() => undefined);
  }
  response.once('close', () => {
    // Else the handler still runs, and what it answers is ended as if the client were there.
    if (response.headersSent || isStreamed) breakOff();
  });

  response.writeHead = (...args: unknown[]): ServerResponse => {
    for (const [name, value] of entriesOf(args.findLast(isHeads))) written.set(name.toLowerCase(), String(value));
    return original.writeHead(...args);
  };
  response.write = (...args: unknown[]): boolean => {
    hold(args[0], args[1]);
    return original.write(...args);
  };
  response.end = ((...args: unknown[]): ServerResponse => {
    if (isEnding) return response;
    isEnding = true;
    if (typeof args[0] !== 'function') hold(args[0], args[1]);
    const send = (): void => void original.end(...args);
    onEnd(captured()).then(send, send);
    return response;
  }) as typeof response.end;

  return () => {
    isStreamed = true;
    if (response.destroyed) breakOff();
  };
}

function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, Buffer.isEncoding(String(encoding)) ? (encoding as 'utf8') : 'utf8');
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
}

const isHeads = (value: unknown): value is Heads => typeof value === 'object' && value !== null;

function entriesOf(heads: unknown): [string, unknown][] {
  if (!Array.isArray(heads)) return Object.entries(heads ?? {});
  if (heads.every(Array.isArray)) return heads as [string, unknown][];
  return heads.flatMap((name, at): [string, unknown][] => (at % 2 === 0 ? [[String(name), heads[at + 1]]] : []));
}

const textOf = (value: OutgoingHttpHeader | undefined): string | undefined =>
  value === undefined ? undefined : String(value);
