import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { closeWithoutReset } from '@nestfleet/service';
import type { Boundary } from './boundary.ts';
import type { RequestBuffer } from './request-buffer.ts';

/**
 * RequestBody is a client's body that is too large for the buffer, on its way to a replica; each attempt has one of its own.
 * Nothing more is read from the client before a replica takes the first bytes, so after a refused connection the next one
 * gets the body whole; and only one chunk is held beside the buffered ones.
 *
 * The request itself is not passed to undici, which destroys what it gets, its socket too, while logs and hooks still look
 * at the request.
 */
export class RequestBody extends Readable {
  private readonly source: IncomingMessage;
  private readonly buffered: Pick<RequestBuffer, 'take'>;
  private readonly boundary: Boundary;
  private stopListening: readonly (() => void)[] = [];
  private wasBegun = false;

  /** @param buffered what has been taken from the client already */
  constructor(source: IncomingMessage, buffered: Pick<RequestBuffer, 'take'>, boundary: Boundary) {
    super();
    this.source = source;
    this.buffered = buffered;
    this.boundary = boundary;
  }

  /** Some of it may have been taken from the client, and is not there for anybody else. */
  get begun(): boolean {
    return this.wasBegun;
  }

  override _read(): void {
    if (!this.wasBegun) {
      this.wasBegun = true;
      const { boundary, source } = this;
      this.stopListening = [
        boundary.on(source, 'data', this.onData),
        boundary.on(source, 'end', this.onEnd),
        boundary.on(source, 'close', this.onClose),
      ];
      if (!this.push(this.buffered.take())) return;
    }
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const stop of this.stopListening) stop();
    done(error);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.source.pause();
  };

  private readonly onEnd = (): void => {
    this.push(null);
  };

  private readonly onClose = (): void => {
    if (!this.source.complete) this.destroy(new Error('the client closed before its body was whole'));
  };
}

/** hasBody: a body follows the head; a body of zero bytes is none. */
export function hasBody(headers: IncomingMessage['headers']): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/**
 * endGentlyBehind is for an answer that begins before the body has ended: where the connection ends behind it, Node would close right after the
 * answer, with bytes unread, and the reset takes the answer away from a client that is still sending. Call it before the
 * answer's head is written.
 */
export function endGentlyBehind(source: IncomingMessage, response: ServerResponse): void {
  const waitsForContinue = source.headers.expect !== undefined;
  if (!source.complete && (!response.shouldKeepAlive || waitsForContinue)) closeWithoutReset(source.socket);
}
