import type { Boundary } from './boundary.ts';
import type { AnswerHeaders } from './answer-head.ts';
import { EventBoundary } from './event-boundary.ts';

/** isOfEvents is true of an answer whose body is events, in whatever coding. */
export const isOfEvents = (headers: AnswerHeaders): boolean =>
  /^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''));

/** isEventStream: plain bytes of events without a length, the only answers that can be ended early, with a line of ours at the end. */
export const isEventStream = (status: number, headers: AnswerHeaders): boolean =>
  status === 200 &&
  isOfEvents(headers) &&
  headers['content-encoding'] === undefined &&
  headers['content-length'] === undefined;

/**
 * EventStreamEnd watches one proxied stream of events, and ends it when this gateway shuts down: at once where whole events
 * have passed, else behind the event that is passing.
 */
export class EventStreamEnd {
  private readonly boundary = new EventBoundary();
  private stopListening: (() => void) | undefined;
  private isEnding = false;
  private over = false;

  constructor(
    streamsEnd: AbortSignal,
    private readonly end: () => void,
    boundary: Boundary,
  ) {
    // Later, also where it is due already: the head of the answer goes first.
    if (streamsEnd.aborted) queueMicrotask(boundary.guard(this.onStreamsEnd));
    else this.stopListening = boundary.onAbort(streamsEnd, this.onStreamsEnd);
  }

  /** Gives on what may pass; nothing more does once the stream was ended. */
  take(chunk: Buffer, push: (chunk: Buffer) => void): void {
    if (this.over) return;
    push(chunk.subarray(0, this.boundary.pass(chunk, this.isEnding)));
    if (this.isEnding) this.endBetween();
  }

  /** The stream has ended otherwise. */
  release(): void {
    this.over = true;
    this.stopListening?.();
  }

  private readonly onStreamsEnd = (): void => {
    this.isEnding = true;
    this.endBetween();
  };

  private endBetween(): void {
    if (this.over || !this.boundary.isBetween) return;
    this.release();
    this.end();
  }
}
