import { type Outcome, type Pick, retryAfterMs } from '@nestfleet/discovery';
import { clientNetwork, discardRest } from '@nestfleet/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { type AnswerLimits, type AnswerOwner, AnswerStream, type AnswerSource, reset } from './answer-stream.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { AttemptTimer, type AttemptTimerOwner } from './attempt-timer.ts';
import { Boundary } from './boundary.ts';
import type { AnswerHeaders } from './answer-head.ts';
import { isEventStream } from './event-stream-end.ts';
import { answerHeaders } from './forward-headers.ts';
import {
  answerTooLarge,
  clientBufferFull,
  clientStalled,
  isTooLarge,
  isUnsendable,
  noInstance,
  notRetried,
  outcomeOf,
  ownFault,
  streamsExhausted,
  unsendable,
  upstreamTimeout,
} from './problems.ts';
import { replicaFull, replicasFull } from './overloaded.ts';
import { endGentlyBehind, hasBody, RequestBody } from './request-body.ts';
import { type ClientBuffers, RequestBuffer } from './request-buffer.ts';
import { Retries, type RetryTools } from './retries.ts';
import { isUnbegun, type Reach, type RetryStop } from './retry-policy.ts';
import type { SlotKind } from './upstream-slots.ts';

/** ExchangeTools are what all exchanges of a gateway share. */
export interface ExchangeTools extends RetryTools {
  readonly agent: Dispatcher;
  readonly buffers: ClientBuffers;
  /** A request is refused because no slot of this kind is free. */
  readonly onOverflow: (kind: SlotKind) => void;
  /** @returns the pick to use for an attempt that begins now */
  readonly onAttempt: (pick: Pick) => Pick;
  /** How long a replica may take to begin its answer before that counts against it, milliseconds. */
  readonly attemptMs: number;
  readonly random: () => number;
  /** This gateway shuts down: streams are to end by themselves. */
  readonly streamsEnd: AbortSignal;
  /** An exchange that had begun its answer was cut, for a fault that is no replica's. */
  readonly onCut: (fault: Error) => void;
}

/** Outgoing is the request as it is sent to each replica. */
export interface Outgoing extends AnswerLimits {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. The last value is the time left, written anew for each attempt. */
  readonly headers: string[];
  /** Longest wait for the head of the answer over all attempts, milliseconds; a body on its way prolongs it. */
  readonly deadlineMs: number;
}

/** An answer that is as long is a stream from its begin. */
const LARGE_BYTES = 1_024 * 1_024;
/** Methods whose requests change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** What is on its way for as long is a stream, at whosever pace, milliseconds. */
const STREAM_AFTER_MS = 5_000;

/**
 * Exchange is one request through the gateway, over one or more attempts. A short body is buffered, before a connection is
 * taken for it; all else is streamed both ways with back-pressure, with one chunk of each held at most.
 */
export class Exchange implements AnswerOwner, AttemptOwner, AttemptTimerOwner {
  private readonly answer: AnswerStream;
  private readonly timer: AttemptTimer;
  private readonly hasBody: boolean;
  private readonly boundary: Boundary;
  /** Made with the first fault: most requests have none. */
  private madeRetries: Retries | undefined;
  private current: Attempt | undefined;
  private buffer: RequestBuffer | undefined;
  private streamTimer: NodeJS.Timeout | undefined;
  private answering = false;
  private done = false;

  constructor(
    private readonly tools: ExchangeTools,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly outgoing: Outgoing,
  ) {
    this.boundary = new Boundary(this.onFault, () => reset(reply.raw));
    this.answer = new AnswerStream(reply.raw, tools, outgoing, this, this.boundary);
    this.timer = new AttemptTimer(this, tools.attemptMs, outgoing.deadlineMs, this.boundary);
    this.hasBody = hasBody(request.raw.headers);
    this.boundary.on(reply.raw, 'close', this.onClientClose);
  }

  begin(): void {
    this.boundary.run(this.hasBody ? this.receive : this.first);
  }

  private readonly receive = (): void => {
    const { raw } = this.request;
    const onOverflow = (): void => this.refuse(clientBufferFull());
    const events = { onBuffered: this.first, onOverflow };
    this.buffer = new RequestBuffer(raw, this.tools.buffers, clientNetwork(this.request), events, this.boundary);
    this.boundary.on(raw, 'stalled', this.onStalled);
  };

  private readonly first = (): void => {
    this.timer.begin(this.outgoing.deadlineMs);
    const upstream = this.tools.upstream();
    const pick = this.tools.slots.pickFor(upstream);
    if (!pick) {
      this.refuse(noInstance());
      return;
    }
    upstream.retries.request();
    this.prepare(pick);
    this.dispatch();
  };

  private get retries(): Retries {
    return (this.madeRetries ??= new Retries(this.tools, this.outgoing));
  }

  onWholeBody(): void {
    if (!this.answering) this.timer.start(this.outgoing.deadlineMs);
  }

  onInformational(status: number, headers: AnswerHeaders): void {
    // HTTP/1.0 has none (RFC 9110, 15.2).
    if (this.request.raw.httpVersionMinor > 0) this.answer.inform(status, answerHeaders(status, headers));
  }

  onHead(source: AnswerSource, status: number, headers: AnswerHeaders, reason: string): void {
    this.timer.stop();
    const kind = this.streamKind(status, headers);
    if (kind !== undefined && !this.current!.pick.becomeStream() && this.isStreamRefused(kind)) return;
    this.buffer?.release();
    if (this.hasBody) endGentlyBehind(this.request.raw, this.reply.raw);
    this.answer.begin(source, status, answerHeaders(status, headers), reason);
    this.answering = true;
    this.reply.hijack();
  }

  onOverloaded(): boolean {
    return this.retryOnAnotherHost(this.current!, 'overloaded', replicaFull()) === undefined;
  }

  onData(chunk: Buffer): void {
    this.answer.push(chunk);
  }

  onEnd(): void {
    this.done = true;
    clearTimeout(this.streamTimer);
    this.answer.end();
    discardRest(this.request.raw);
  }

  onError(error: Error): void {
    const attempt = this.current!;
    const { raw } = this.request;
    this.timer.stop();
    clearTimeout(this.streamTimer);
    if (raw.destroyed && !raw.complete) {
      // The client left in the middle of its body, which is then what failed.
      this.done = true;
      attempt.pick.release('unknown');
    } else if (this.answering) {
      attempt.pick.release('broken');
      this.breakOff(attempt, error);
    } else if (isUnsendable(error) || isTooLarge(error)) {
      attempt.pick.release('unknown');
      this.refuse(isTooLarge(error) ? answerTooLarge(error) : unsendable(error));
    } else {
      const outcome = outcomeOf(attempt.reach, error);
      attempt.pick.release(outcome);
      const stop = this.retryOnAnotherHost(attempt, outcome, error);
      if (stop === undefined) return;
      this.retries.recordFailure(attempt, outcome, error, stop);
      this.refuse(
        this.retries.wasOnlyRefused ? replicasFull(this.retries.errors) : notRetried(stop, this.retries.errors),
      );
    }
  }

  onSilent(): void {
    const attempt = this.current!;
    attempt.abort('broken');
    this.breakOff(attempt, new Error('the answer fell silent'));
  }

  /** The replica has ended its answer in the middle. */
  private breakOff(attempt: Attempt, error: Error): void {
    this.done = true;
    clearTimeout(this.streamTimer);
    this.retries.recordFailure(attempt, 'broken', error, 'not_retryable');
    this.answer.cut();
  }

  onTimeout(attemptTimedOut: boolean, deadlinePassed: boolean): void {
    const attempt = this.current!;
    if (attempt.consumeBodyProgress()) {
      this.timer.start(this.outgoing.deadlineMs);
      return;
    }
    if (deadlinePassed) {
      this.expire(attempt, attemptTimedOut);
      return;
    }
    if (attemptTimedOut && !attempt.isAwaitingRequestBody) {
      const outcome = timeOutOf(attempt);
      if (outcome === 'timeout') attempt.pick.observe(outcome);
      const error = new Error(`no answer began within ${this.tools.attemptMs} ms`);
      if (this.retryOnAnotherHost(attempt, outcome, error) === undefined) {
        attempt.abort(outcome);
        return;
      }
    }
    this.timer.waitForDeadline();
  }

  /** The deadline of all attempts has passed. `timedOut`: the current one had the time that any replica gets. */
  private expire(attempt: Attempt, timedOut: boolean): void {
    const { deadlineMs } = this.outgoing;
    if (attempt.isAwaitingRequestBody) {
      attempt.abort('unknown');
      this.refuse(clientStalled(deadlineMs));
      return;
    }
    const outcome = timedOut ? timeOutOf(attempt) : 'unknown';
    attempt.abort(outcome);
    // A client that gives less time than any replica gets has not met a fault.
    if (timedOut) this.retries.recordFailure(attempt, outcome, new Error('the deadline passed'), 'deadline_exceeded');
    this.refuse(upstreamTimeout(deadlineMs, this.retries.errors));
  }

  /** The failed attempt is the caller's to end. @returns why the request is not retried; undefined where it is */
  private retryOnAnotherHost(
    failed: Attempt,
    outcome: Outcome,
    error: Error,
    reach: Reach = failed.reach,
    needs?: 'streams',
  ): RetryStop | undefined {
    const { next, stop } = this.retries.decide(failed, reach, needs);
    if (!next) return stop;
    clearTimeout(this.streamTimer);
    this.retries.recordFailure(failed, outcome, error);
    this.prepare(next);
    // While nothing was begun there is nothing that needs time; else not all whom one death hit come back in one moment.
    if (isUnbegun(failed.reach)) this.dispatch();
    else this.timer.backOff(retryAfterMs(this.retries.count, this.tools.random), this.dispatch);
    return undefined;
  }

  /**
   * No slot for a stream is left at this replica, whose answer the client has seen nothing of.
   * @returns false where it has done what may not be done again: its whole answer passes, with the slot that it has
   */
  private isStreamRefused(kind: 'events' | 'large'): boolean {
    const failed = this.current!;
    const error = new Error('no slot for a stream is left');
    const stop = this.retryOnAnotherHost(failed, 'unknown', error, 'sent', 'streams');
    if (stop === 'not_retryable' && kind === 'large') return false;
    failed.abort('unknown');
    if (stop !== undefined) this.breakOffStream(failed, error);
    return true;
  }

  private streamKind(status: number, headers: AnswerHeaders): 'events' | 'large' | undefined {
    if (isEventStream(status, headers)) return 'events';
    const isLarge = Number(headers['content-length'] ?? 0) >= LARGE_BYTES;
    return isLarge && this.request.method !== 'HEAD' && status !== 304 ? 'large' : undefined;
  }

  /** From now on the exchange goes on at the pace of its client, or for as long as its replica likes. */
  onAwaited(): void {
    if (this.done) return;
    clearTimeout(this.streamTimer);
    this.streamTimer = this.boundary.after(STREAM_AFTER_MS, this.becomeStream);
  }

  private readonly becomeStream = (): void => {
    const attempt = this.current!;
    if (this.done || attempt.pick.becomeStream()) return;
    const error = new Error('no slot for a stream is left');
    attempt.abort('unknown');
    if (this.answering) {
      this.retries.recordFailure(attempt, 'unknown', error, 'streams_exhausted');
      this.done = true;
      this.tools.onOverflow('streams');
      this.answer.cut();
    } else this.breakOffStream(attempt, error);
  };

  /** What was sent and may have been done is not told that it can come again. */
  private breakOffStream(attempt: Attempt, error: Error): void {
    this.retries.recordFailure(attempt, 'unknown', error, 'streams_exhausted');
    const isUndone = isUnbegun(attempt.reach) || SAFE_METHODS.has(this.request.method);
    this.refuseStream(isUndone ? streamsExhausted() : notRetried('not_retryable', this.retries.errors));
  }

  private refuseStream(problem: Error = streamsExhausted()): void {
    this.tools.onOverflow('streams');
    this.refuse(problem);
  }

  private prepare(pick: Pick): void {
    const held = this.tools.slots.hold(this.tools.onAttempt(pick));
    this.current = new Attempt(this, held, this.bodyOf(), this.boundary);
  }

  private bodyOf(): RequestBody | Buffer | null {
    if (!this.buffer) return null;
    const { isWhole, content } = this.buffer;
    return isWhole ? content : new RequestBody(this.request.raw, this.buffer, this.boundary);
  }

  private readonly dispatch = (): void => {
    const attempt = this.current!;
    const { method, path, headers } = this.outgoing;
    const remainingMs = this.timer.remainingMs();
    if (remainingMs < 1) return this.expire(attempt, false);
    // Its body comes at the pace of its client.
    if (attempt.isStreamed && !attempt.pick.becomeStream()) {
      attempt.abort('unknown');
      const error = new Error('no slot for a stream is left');
      if (this.retryOnAnotherHost(attempt, 'unknown', error, 'unsent', 'streams') !== undefined) this.refuseStream();
      return;
    }
    // undici has copied the headers when `dispatch` returns.
    headers[headers.length - 1] = String(remainingMs);
    this.timer.start(remainingMs);
    attempt.dispatch(this.tools.agent, method, path, headers);
  };

  /** The body comes too slowly, or for too long. What the client is told already is not taken back. */
  private readonly onStalled = (problem: Error): void => {
    if (this.done || this.answering) return;
    this.current?.abort('unknown');
    this.refuse(problem);
  };

  private readonly onClientClose = (): void => {
    this.timer.stop();
    clearTimeout(this.streamTimer);
    this.buffer?.release();
    this.answer.release();
    if (this.done) return;
    this.done = true;
    this.current?.abort('unknown');
  };

  /** Nothing that a replica did: its pick is released, and the client is answered where that is still possible. */
  private readonly onFault = (fault: Error): void => {
    const { raw } = this.reply;
    const isOpen = !this.done && !raw.headersSent;
    this.done = true;
    this.timer.stop();
    clearTimeout(this.streamTimer);
    this.current?.abort('unknown');
    if (isOpen) {
      // Node keeps the phrase of a head that it then did not take.
      raw.statusMessage = '';
      this.refuse(ownFault(fault));
    } else {
      this.buffer?.release();
      this.tools.onCut(fault);
      this.answer.release();
      reset(raw);
    }
  };

  /** Ends the exchange with an answer of our own. */
  private refuse(problem: Error): void {
    this.done = true;
    this.timer.stop();
    clearTimeout(this.streamTimer);
    this.buffer?.release();
    void this.reply.send(problem);
    discardRest(this.request.raw);
  }
}

/** Without a connection it is our own limit on them that it waits for: a replica that takes none refuses it. */
const timeOutOf = ({ reach }: Attempt): Outcome => (reach === 'unsent' ? 'unknown' : 'timeout');
