import type { ServerResponse } from 'node:http';
import { endWithClient, farewell } from '@nestfleet/service-defaults';
import type { Dispatcher } from 'undici';
import { EventStreamEnd, isEventStream } from './event-stream-end.ts';
import type { AnswerHeaders } from './forward-headers.ts';

/**
 * The way of one answer to the client, with back-pressure. A chunk is held until the end of the loop turn in which it
 * came: most answers are whole by then, and head, body and end leave in one write. An event of a stream is not delayed,
 * because its turn ends right after it.
 */
export class AnswerStream {
  private source: Dispatcher.DispatchController | undefined;
  private held: Buffer | undefined;
  private flushPlanned = false;
  private waitsForDrain = false;
  private over = false;
  private events: EventStreamEnd | undefined;

  /** @param streamsEnd when this gateway leaves and streams are to end by themselves */
  constructor(
    private readonly response: ServerResponse,
    private readonly streamsEnd: AbortSignal,
    private readonly random: () => number,
  ) {}

  /** @param source what is paused while the client does not read */
  begin(source: Dispatcher.DispatchController, status: number, headers: AnswerHeaders, statusText?: string): void {
    this.source = source;
    this.response.writeHead(status, statusText, headers);
    this.planFlush();
    if (!isEventStream(status, headers)) return;
    this.events = new EventStreamEnd(this.streamsEnd, this.leave);
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
    this.response.socket?.resetAndDestroy();
  }

  /** The client has gone. */
  release(): void {
    this.events?.release();
  }

  /** What comes from the replica after this is dropped; the end of the answer ends its request there. */
  private readonly leave = (): void => {
    this.hold(Buffer.from(farewell(this.random)));
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

  private readonly flush = (): void => {
    this.flushPlanned = false;
    if (this.over) return;
    const chunk = this.held;
    this.held = undefined;
    if (chunk) this.write(chunk);
    else this.response.flushHeaders();
  };

  private write(chunk: Buffer): void {
    if (this.response.write(chunk) || this.waitsForDrain) return;
    this.waitsForDrain = true;
    this.source?.pause();
    this.response.once('drain', this.onDrain);
  }

  private readonly onDrain = (): void => {
    this.waitsForDrain = false;
    if (!this.over) this.source?.resume();
  };
}
