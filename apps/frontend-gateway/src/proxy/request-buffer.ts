import type { Readable } from 'node:stream';
import type { Boundary } from './boundary.ts';

/** So much of a body is buffered before a connection to a replica is taken; a longer one is streamed. */
export const REQUEST_BUFFER_BYTES = 64 * 1_024;
/** All buffers of one client address (of IPv6: of one network), for as long as they are held. */
const CLIENT_BUFFER_BYTES_MAX = 1_024 * 1_024;

/** ClientBuffers counts the bytes that are buffered for each client address. */
export class ClientBuffers {
  private readonly held = new Map<string, number>();
  private sum = 0;

  /** Bytes of all of them together. */
  get bytes(): number {
    return this.sum;
  }

  /** @returns false, and nothing is counted, where that is too much */
  add(address: string, bytes: number): boolean {
    const held = (this.held.get(address) ?? 0) + bytes;
    if (held > CLIENT_BUFFER_BYTES_MAX) return false;
    this.held.set(address, held);
    this.sum += bytes;
    return true;
  }

  release(address: string, bytes: number): void {
    const held = this.held.get(address) ?? 0;
    const left = held - bytes;
    this.sum -= Math.min(bytes, held);
    if (left <= 0) this.held.delete(address);
    else this.held.set(address, left);
  }
}

export interface RequestBufferEvents {
  /** The body is whole, or longer than what is buffered. */
  readonly onBuffered: () => void;
  /** Its client has too much buffered already. */
  readonly onOverflow: () => void;
}

const EMPTY = Buffer.alloc(0);

/**
 * RequestBuffer holds a request body, or the first 64 KiB of a longer one: how fast a client sends them is no reason to hold
 * a connection to a replica. A whole one may be sent to several replicas, so it counts for its client until `release`.
 */
export class RequestBuffer {
  /** The first `length` bytes of it are taken. A body of one chunk is not copied. */
  private bytes: Buffer = EMPTY;
  private length = 0;
  private hasEnded = false;
  private readonly stopListening: readonly (() => void)[] = [];

  constructor(
    private readonly source: Readable,
    private readonly clients: ClientBuffers,
    private readonly address: string,
    private readonly events: RequestBufferEvents,
    boundary: Boundary,
  ) {
    this.stopListening = [boundary.on(source, 'data', this.onData), boundary.on(source, 'end', this.onEnd)];
  }

  /** Nothing follows what is buffered. */
  get isWhole(): boolean {
    return this.hasEnded;
  }

  get content(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Hands the content over: it is not held here any more. */
  take(): Buffer {
    const { content } = this;
    this.release();
    return content;
  }

  /** Nothing more is buffered; what was is let go, and does not count for its client any more. */
  release(): void {
    this.stop();
    this.clients.release(this.address, this.length);
    this.bytes = EMPTY;
    this.length = 0;
  }

  private stop(): void {
    for (const each of this.stopListening) each();
  }

  private readonly onData = (chunk: Buffer): void => {
    const taken = Math.min(chunk.length, REQUEST_BUFFER_BYTES - this.length);
    if (!this.clients.add(this.address, taken)) {
      this.release();
      this.events.onOverflow();
      return;
    }
    this.append(chunk.subarray(0, taken));
    if (taken === chunk.length) return;
    this.source.pause();
    this.source.unshift(chunk.subarray(taken));
    this.onBuffered();
  };

  /** One buffer that grows: a body in chunks of a byte would cost a hundred times its length as a list of them. */
  private append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.bytes = chunk;
    else {
      if (length > this.bytes.length) {
        const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(length, 2 * this.length), REQUEST_BUFFER_BYTES));
        this.content.copy(grown);
        this.bytes = grown;
      }
      chunk.copy(this.bytes, this.length);
    }
    this.length = length;
  }

  private readonly onEnd = (): void => {
    this.hasEnded = true;
    this.onBuffered();
  };

  private onBuffered(): void {
    this.stop();
    this.events.onBuffered();
  }
}
