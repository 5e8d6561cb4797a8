import type { ServerResponse } from 'node:http';
import { endWithClient, reconnectHint } from '@nestfleet/service';
import { AnswerSilence } from './answer-silence.ts';
import type { Boundary } from './boundary.ts';
import { EventStreamEnd, isEventStream, isOfEvents } from './event-stream-end.ts';
import type { AnswerHeaders } from './answer-head.ts';

/** AnswerSource is what an answer comes from. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
}

export interface AnswerLimits {
  /** Longest silence of the replica within an answer that is no stream of events, milliseconds. */
  readonly silenceMs: number;
}

export interface AnswerOwner {
  /** The replica has been silent for too long. */
  onSilent(): void;
  /** The answer was not whole with its head. */
  onAwaited?(): void;
}

export interface AnswerTools {
  /** When this gateway shuts down and streams are to end by themselves. */
  readonly streamsEnd: AbortSignal;
  readonly random: () => number;
}

/** Longest body for which a copy costs less than a second part of a write. */
const SHORT_BYTES = 4_096;
/** Streams of events may have nothing to tell for long, milliseconds; the same as at the other load balancers. */
const EVENTS_SILENCE_MS = 3_600_000;

/** Informational answers of one exchange; nobody waits until the client takes them. */
const INFORMATIONAL_MAX = 16;

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
  private isAwaited = false;
  private informed = 0;
  private over = false;
  private events: EventStreamEnd | undefined;
  private stopListening: (() => void) | undefined;
  private readonly flush: () => void;
  private readonly silence: AnswerSilence;
  private silenceMs: number;

  constructor(
    private readonly response: ServerResponse,
    private readonly tools: AnswerTools,
    private readonly limits: AnswerLimits,
    private readonly owner: AnswerOwner,
    private readonly boundary: Boundary,
  ) {
    this.silenceMs = limits.silenceMs;
    this.silence = new AnswerSilence(
      boundary,
      () => this.waitsForDrain,
      () => owner.onSilent(),
    );
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
    if (isOfEvents(headers)) this.allowSilence();
    if (!isEventStream(status, headers)) return;
    this.events = new EventStreamEnd(this.tools.streamsEnd, this.endWithHint, this.boundary);
    endWithClient(this.response);
  }

  /** Events may be far apart; but a client that has ended its side may have gone, which only writing to it shows. */
  private allowSilence(): void {
    const { socket } = this.response.req;
    if (socket.readableEnded) return;
    this.silenceMs = EVENTS_SILENCE_MS;
    this.stopListening = this.boundary.on(socket, 'end', () => {
      this.silenceMs = this.limits.silenceMs;
      if (this.isAwaited && !this.over) this.silence.start(this.silenceMs);
    });
  }

  /**
   * inform writes an informational answer, for as long as the answer has not begun. One whose turn on the connection has not
   * come is dropped: Node would put it behind that answer's head. A Node before 24.18 writes none.
   */
  inform(status: number, headers: AnswerHeaders): void {
    const { response } = this;
    if (this.informed === INFORMATIONAL_MAX || !response.socket || response.headersSent) return;
    this.informed += 1;
    response.writeInformation?.(status, fieldsOf(headers));
  }

  push(chunk: Buffer): void {
    this.silence.restart();
    if (this.events) this.events.take(chunk, this.hold);
    else this.hold(chunk);
  }

  end(): void {
    if (this.over) return;
    this.release();
    const { held } = this;
    this.held = undefined;
    // As a string it goes out as one with the head; of a chunk and its head Node makes a write of two parts.
    if (held && held.length <= SHORT_BYTES && !this.isAwaited) this.response.end(held.toString('latin1'), 'latin1');
    else this.response.end(held);
  }

  /** Half an answer is out. A reset is the one end that no client, HTTP/1.0 included, takes for a whole answer. */
  cut(): void {
    if (this.over) return;
    this.release();
    reset(this.response);
  }

  /** The client has gone. */
  release(): void {
    this.over = true;
    this.silence.stop();
    this.stopListening?.();
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
    this.silence.start(this.silenceMs);
    this.owner.onAwaited?.();
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
    if (this.over) return;
    this.silence.restart();
    this.source?.resume();
  };
}

/** Names and values in turn. */
const fieldsOf = (headers: AnswerHeaders): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((each) => [name, each]));

/** Of an answer whose turn has not come nothing has gone out, so no reset is needed, which could take an earlier one away. */
export function reset(response: ServerResponse): void {
  if (response.socket) response.socket.resetAndDestroy();
  else response.destroy();
}
