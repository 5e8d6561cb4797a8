import type { IncomingMessage } from 'node:http';
import type { Boundary } from './boundary.ts';

/** So much of a body is buffered before a connection to a replica is taken; what is beyond it is streamed. */
export const REQUEST_BUFFER_BYTES = 64 * 1_024;
/** All buffers of one client address, while their bodies are on their way. */
const CLIENT_BUFFER_BYTES_MAX = 1_024 * 1_024;

/** ClientBuffers counts the bytes that are buffered for each client address. */
export class ClientBuffers {
  private readonly held = new Map<string, number>();

  /** @returns false, and nothing is counted, where that is too much */
  add(address: string, bytes: number): boolean {
    const sum = (this.held.get(address) ?? 0) + bytes;
    if (sum > CLIENT_BUFFER_BYTES_MAX) return false;
    this.held.set(address, sum);
    return true;
  }

  release(address: string, bytes: number): void {
    const left = (this.held.get(address) ?? 0) - bytes;
    if (left <= 0) this.held.delete(address);
    else this.held.set(address, left);
  }
}

export interface RequestBufferEvents {
  /** The body is whole, or as much of it is there as is buffered. */
  readonly onBuffered: () => void;
  /** Its client has too much buffered already. */
  readonly onOverflow: () => void;
}

/**
 * RequestBuffer holds the begin of a request body until it is whole, or 64 KiB long: how fast a client sends them is no
 * reason to hold a connection to a replica.
 */
export class RequestBuffer {
  private readonly chunks: Buffer[] = [];
  private readonly stopListening: readonly (() => void)[];
  private bytes = 0;
  private hasEnded = false;
  private isOver = false;

  constructor(
    private readonly source: IncomingMessage,
    private readonly clients: ClientBuffers,
    private readonly address: string,
    private readonly events: RequestBufferEvents,
    boundary: Boundary,
  ) {
    this.stopListening = [boundary.on(source, 'data', this.onData), boundary.on(source, 'end', this.onEnd)];
  }

  /** What has come of the body; `isWhole` where nothing follows. */
  get content(): { readonly bytes: Buffer; readonly isWhole: boolean } {
    const [first] = this.chunks;
    return {
      bytes: first !== undefined && this.chunks.length === 1 ? first : Buffer.concat(this.chunks),
      isWhole: this.hasEnded,
    };
  }

  /** Nothing more is taken, and what was counted for its client is not any more. */
  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const each of this.stopListening) each();
    this.clients.release(this.address, this.bytes);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.clients.add(this.address, chunk.length)) {
      this.stop();
      this.events.onOverflow();
      return;
    }
    this.bytes += chunk.length;
    this.chunks.push(chunk);
    if (this.bytes < REQUEST_BUFFER_BYTES) return;
    this.source.pause();
    this.stop();
    this.events.onBuffered();
  };

  private readonly onEnd = (): void => {
    this.hasEnded = true;
    this.stop();
    this.events.onBuffered();
  };
}
