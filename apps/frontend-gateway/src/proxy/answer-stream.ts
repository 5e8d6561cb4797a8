import type { ServerResponse } from 'node:http';
import { endWithClient, reconnectHint } from '@nestfleet/service';
import type { Boundary } from './boundary.ts';
import { EventStreamEnd, isEventStream } from './event-stream-end.ts';
import type { AnswerHeaders } from './answer-head.ts';

/** AnswerSource is what an answer comes from. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
}

export interface AnswerTools {
  /** When this gateway shuts down and streams are to end by themselves. */
  readonly streamsEnd: AbortSignal;
  readonly random: () => number;
}

/**
 * AnswerStream writes one answer to the client, with back-pressure. A chunk is held until the end of the loop turn in which it
 * came: most answers are whole by then, and head, body and end go out in one write. An event of a stream is not delayed,
 * because its turn ends right after it.
 */
export class AnswerStream {
  private source: AnswerSource | undefined;
  private held: Buffer | undefined;
  private flushPlanned = false;
  private waitsForDrain = false;
  private isListening = false;
  /** Timeout of the connection before it was set for a client that does not read. */
  private timeoutBefore = 0;
  private isAwaited = false;
  private over = false;
  private events: EventStreamEnd | undefined;
  private readonly flush: () => void;

  /**
   * @param sendTimeoutMs longest time in which the client takes nothing of what lies ready for it, milliseconds
   * @param onAwaited is called once, for an answer that is not whole with its head
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly tools: AnswerTools,
    private readonly sendTimeoutMs: number,
    private readonly boundary: Boundary,
    private readonly onAwaited: () => void = () => undefined,
  ) {
    this.flush = boundary.guard(this.writeHeld);
  }

  /**
   * @param source what is paused while the client does not read
   * @param reason one character per byte, as in the headers
   */
  begin(source: AnswerSource, status: number, headers: AnswerHeaders, reason: string): void {
    this.source = source;
    this.response.writeHead(status, reason, headers);
    this.planFlush();
    if (!isEventStream(status, headers)) return;
    this.events = new EventStreamEnd(this.tools.streamsEnd, this.endWithHint, this.boundary);
    endWithClient(this.response);
  }

  push(chunk: Buffer): void {
    if (this.events) this.events.take(chunk, this.hold);
    else this.hold(chunk);
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.events?.release();
    this.response.end(this.held);
    this.held = undefined;
  }

  /** Half an answer is out. A reset is the one end that no client, HTTP/1.0 included, takes for a whole answer. */
  cut(): void {
    if (this.over) return;
    this.over = true;
    this.events?.release();
    reset(this.response);
  }

  /** The client has gone. */
  release(): void {
    this.events?.release();
  }

  /** What comes from the replica after this is dropped; the end of the answer ends its request there. */
  private readonly endWithHint = (): void => {
    this.hold(Buffer.from(reconnectHint(this.tools.random)));
    this.end();
  };

  private readonly hold = (chunk: Buffer): void => {
    const before = this.held;
    this.held = chunk;
    if (before) this.write(before);
    this.planFlush();
  };

  private planFlush(): void {
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    queueMicrotask(this.flush);
  }

  private readonly writeHeld = (): void => {
    this.flushPlanned = false;
    if (this.over) return;
    const chunk = this.held;
    this.held = undefined;
    if (chunk) this.write(chunk);
    // `flushHeaders` would write them as UTF-8.
    else this.response.write('', 'latin1');
    if (this.isAwaited) return;
    this.isAwaited = true;
    this.onAwaited();
  };

  private write(chunk: Buffer): void {
    if (this.response.write(chunk) || this.waitsForDrain) return;
    this.waitsForDrain = true;
    this.source?.pause();
    this.limitSilence();
    if (this.isListening) return;
    this.isListening = true;
    this.boundary.on(this.response, 'drain', this.onDrain);
  }

  /** Node ends a connection that is silent for as long, and takes for silence that the kernel takes no byte of ours. */
  private limitSilence(): void {
    const { socket } = this.response;
    if (!socket) return;
    this.timeoutBefore = socket.timeout ?? 0;
    if (this.timeoutBefore === 0 || this.timeoutBefore > this.sendTimeoutMs) socket.setTimeout(this.sendTimeoutMs);
  }

  private readonly onDrain = (): void => {
    if (!this.waitsForDrain) return;
    this.waitsForDrain = false;
    const { socket } = this.response;
    // The client may have ended its side meanwhile, which has a timeout of its own.
    if (socket?.timeout === this.sendTimeoutMs) socket.setTimeout(this.timeoutBefore);
    if (!this.over) this.source?.resume();
  };
}

/** Of an answer whose turn has not come nothing has gone out, so no reset is needed, which could take an earlier one away. */
export function reset(response: ServerResponse): void {
  if (response.socket) response.socket.resetAndDestroy();
  else response.destroy();
}
