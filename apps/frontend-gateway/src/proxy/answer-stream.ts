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
  private over = false;
  private events: EventStreamEnd | undefined;
  private readonly flush: () => void;

  /** @param streamsEnd when this gateway shuts down and streams are to end by themselves */
  constructor(
    private readonly response: ServerResponse,
    private readonly streamsEnd: AbortSignal,
    private readonly random: () => number,
    private readonly boundary: Boundary,
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
    this.events = new EventStreamEnd(this.streamsEnd, this.endWithHint, this.boundary);
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
    this.hold(Buffer.from(reconnectHint(this.random)));
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
  };

  private write(chunk: Buffer): void {
    if (this.response.write(chunk) || this.waitsForDrain) return;
    this.waitsForDrain = true;
    this.source?.pause();
    if (this.isListening) return;
    this.isListening = true;
    this.boundary.on(this.response, 'drain', this.onDrain);
  }

  private readonly onDrain = (): void => {
    if (!this.waitsForDrain) return;
    this.waitsForDrain = false;
    if (!this.over) this.source?.resume();
  };
}

/** Of an answer whose turn has not come nothing has gone out, so no reset is needed, which could take an earlier one away. */
export function reset(response: ServerResponse): void {
  if (response.socket) response.socket.resetAndDestroy();
  else response.destroy();
}
