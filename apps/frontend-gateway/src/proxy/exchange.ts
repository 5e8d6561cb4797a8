import { originOf, type Outcome, type Pick, type Upstream } from '@nestfleet/discovery';
import type { ProblemError } from '@nestfleet/service-defaults';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { AnswerStream } from './answer-stream.ts';
import { type AnswerHeaders, answerHeaders } from './forward-headers.ts';
import {
  clientStalled,
  isBroken,
  isUnsendable,
  noInstance,
  unsendable,
  upstreamFailed,
  upstreamTimeout,
} from './problems.ts';
import { closeAfterBody, discardRest, hasBody, RequestBody } from './request-body.ts';
import { mayGoElsewhere } from './retryable.ts';

/** What all exchanges of a gateway share. */
export interface ExchangeTools {
  readonly agent: Dispatcher;
  /** Not the upstream itself: it begins to watch when first asked for, and printing the documents must not. */
  readonly upstream: () => Upstream;
  /** Replicas that one request may meet: the first and the ones after failures. */
  readonly attemptsMax: number;
  /** Told of each failed attempt. */
  readonly onFailedAttempt: (instanceId: string, error: Error, willRetry: boolean) => void;
}

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  /** Longest wait for the head of the answer, milliseconds; a body on its way to the replica prolongs it. */
  readonly deadlineMs: number;
}

const CLIENT_GONE = new Error('the client went away');
const CLIENT_STALLED = new Error('the client stopped sending');
const DEADLINE_PASSED = new Error('the deadline passed');
const lossOf = (answerSeen: boolean): Outcome => (answerSeen ? 'broken' : 'refused');

/**
 * One request through the gateway: the handler of undici's `dispatch`, over one or more attempts. Streams both ways with
 * back-pressure and holds at most one chunk of each.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly answer: AnswerStream;
  private readonly body: RequestBody | null;
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | undefined;
  private pick: Pick | undefined;
  private tried: Set<string> | undefined;
  private attempts = 0;
  /** Of the current attempt. */
  private sent = false;
  private answerSeen = false;
  private bodyMoved = false;
  private bodySent = false;
  /** Of the whole exchange. */
  private answering = false;
  private done = false;

  constructor(
    private readonly tools: ExchangeTools,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly outgoing: Outgoing,
  ) {
    this.answer = new AnswerStream(reply.raw);
    this.body = hasBody(request.raw.headers) ? new RequestBody(request.raw) : null;
    reply.raw.once('close', this.onClientClose);
    this.timer = setTimeout(this.onDeadline, outgoing.deadlineMs);
  }

  /** Begins the next attempt, or ends the exchange when no replica is left to try. */
  attempt(lastFault?: ProblemError): void {
    const pick = this.tools.upstream().pick(this.tried && { exclude: this.tried });
    if (!pick) {
      this.refuse(lastFault ?? noInstance());
      return;
    }
    this.pick = pick;
    this.attempts += 1;
    this.sent = false;
    this.answerSeen = false;
    this.bodySent = this.body === null;
    const { method, path, headers } = this.outgoing;
    const origin = originOf(pick.instance);
    // Both of undici's own clocks are off: one timer of ours also covers the wait for a free connection.
    this.tools.agent.dispatch(
      {
        origin,
        method,
        path,
        headers,
        body: this.body,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      this,
    );
  }

  /** A connection is there and the next thing is to write to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.sent = true;
    this.controller = controller;
    // The exchange ended while this attempt waited for a connection.
    if (this.done) controller.abort(CLIENT_GONE);
  }

  onBodySent(): void {
    this.bodyMoved = true;
  }

  onRequestSent(): void {
    if (this.bodySent) return;
    this.bodySent = true;
    this.bodyMoved = false;
    this.timer.refresh();
  }

  onResponseStarted(): void {
    this.answerSeen = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHeaders,
    statusText?: string,
  ): void {
    if (status < 200) return;
    clearTimeout(this.timer);
    this.pick?.observe(status < 500 ? 'ok' : 'error');
    if (this.body) closeAfterBody(this.request.raw, this.reply.raw);
    this.answer.begin(controller, status, answerHeaders(headers), statusText);
    this.answering = true;
    this.reply.hijack();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.answer.push(chunk);
  }

  onResponseEnd(): void {
    if (this.done) return;
    this.done = true;
    this.answer.end();
    this.release();
    discardRest(this.request.raw);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.done) return;
    if (this.answering) {
      this.done = true;
      this.tools.onFailedAttempt(this.pickedId(), error, false);
      this.release('broken');
      this.answer.cut();
      return;
    }
    if (error === DEADLINE_PASSED) {
      this.lose(error, upstreamTimeout(this.outgoing.deadlineMs));
      return;
    }
    if (error === CLIENT_STALLED) {
      this.release();
      this.refuse(clientStalled(this.outgoing.deadlineMs));
      return;
    }
    if (isUnsendable(error)) {
      this.release();
      this.refuse(unsendable(error));
      return;
    }
    const retry = this.attempts < this.tools.attemptsMax && this.mayGoElsewhere(error);
    if (!retry) {
      this.lose(error, upstreamFailed(error));
      return;
    }
    this.tools.onFailedAttempt(this.pickedId(), error, true);
    (this.tried ??= new Set()).add(this.pickedId());
    this.release(error === DEADLINE_PASSED ? 'timeout' : lossOf(this.answerSeen));
    this.attempt(upstreamFailed(error));
  }

  private mayGoElsewhere(error: Error): boolean {
    const { method, path } = this.outgoing;
    const reach = this.answerSeen ? 'answered' : this.sent ? 'sent' : 'unsent';
    const { headers } = this.request.raw;
    return mayGoElsewhere({ reach, broken: isBroken(error), hasBody: this.body !== null, method, path, headers });
  }

  private readonly onDeadline = (): void => {
    if (this.done || this.answering) return;
    if (this.bodyMoved) {
      this.bodyMoved = false;
      this.timer.refresh();
      return;
    }
    // `abort` comes back through onResponseError; an attempt that still waits for its connection has nothing to abort.
    if (this.sent && this.controller) this.controller.abort(this.waitsForClient() ? CLIENT_STALLED : DEADLINE_PASSED);
    else this.lose(DEADLINE_PASSED, upstreamTimeout(this.outgoing.deadlineMs));
  };

  /** The replica would take more of the body, and none comes. */
  private waitsForClient(): boolean {
    return !this.bodySent && this.body?.isPaused() === false;
  }

  private readonly onClientClose = (): void => {
    clearTimeout(this.timer);
    if (this.done) return;
    this.done = true;
    this.release();
    if (this.sent) this.controller?.abort(CLIENT_GONE);
  };

  /** The attempt failed and so does the exchange. */
  private lose(error: Error, problem: ProblemError): void {
    this.tools.onFailedAttempt(this.pickedId(), error, false);
    this.release(error === DEADLINE_PASSED ? 'timeout' : lossOf(this.answerSeen));
    this.refuse(problem);
  }

  /** Ends the exchange with an answer of our own. */
  private refuse(problem: ProblemError): void {
    this.done = true;
    clearTimeout(this.timer);
    this.body?.destroy();
    void this.reply.send(problem);
    discardRest(this.request.raw);
  }

  private pickedId(): string {
    return this.pick?.instance.id ?? '';
  }

  private release(outcome?: Outcome): void {
    const { pick } = this;
    this.pick = undefined;
    pick?.release(outcome);
  }
}
