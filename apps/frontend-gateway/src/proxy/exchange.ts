import { type Outcome, type Pick, retryAfterMs } from '@nestfleet/discovery';
import { discardRest } from '@nestfleet/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { AnswerStream, type AnswerSource, reset } from './answer-stream.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { Boundary } from './boundary.ts';
import type { AnswerHeaders } from './answer-head.ts';
import { answerHeaders } from './forward-headers.ts';
import { Patience, type Waiting } from './patience.ts';
import {
  answerTooLarge,
  clientStalled,
  isTooLarge,
  isUnsendable,
  noInstance,
  outcomeOf,
  ownFault,
  unsendable,
  upstreamTimeout,
} from './problems.ts';
import { endGentlyBehind, hasBody, RequestBody } from './request-body.ts';
import { Retries, type RetryTools } from './retries.ts';

/** What all exchanges of a gateway share. */
export interface ExchangeTools extends RetryTools {
  readonly agent: Dispatcher;
  /** How long a replica may take to begin its answer before that counts against it, milliseconds. */
  readonly attemptMs: number;
  readonly random: () => number;
  /** This gateway leaves: streams are to end by themselves. */
  readonly streamsEnd: AbortSignal;
  /** An exchange that had begun its answer was cut, for a fault that is no replica's. */
  readonly onCut: (fault: Error) => void;
}

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. The last value is the time left, written anew for each attempt. */
  readonly headers: string[];
  /** Longest wait for the head of the answer over all attempts, milliseconds; a body on its way prolongs it. */
  readonly deadlineMs: number;
  /** Longest silence of the replica within its answer, milliseconds. */
  readonly silenceMs: number;
}

/**
 * One request through the gateway, over one or more attempts. Streams both ways with back-pressure and holds at most one
 * chunk of each.
 */
export class Exchange implements AttemptOwner, Waiting {
  private readonly answer: AnswerStream;
  private readonly patience: Patience;
  private readonly hasBody: boolean;
  private readonly boundary: Boundary;
  /** Made with the first fault: most requests have none. */
  private madeRetries: Retries | undefined;
  private current: Attempt | undefined;
  private answering = false;
  private done = false;

  constructor(
    private readonly tools: ExchangeTools,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly outgoing: Outgoing,
  ) {
    this.boundary = new Boundary(this.onFault, () => reset(reply.raw));
    this.answer = new AnswerStream(reply.raw, tools.streamsEnd, tools.random, this.boundary);
    this.patience = new Patience(this, tools.attemptMs, outgoing.deadlineMs, this.boundary);
    this.hasBody = hasBody(request.raw.headers);
    this.boundary.on(reply.raw, 'close', this.onClientClose);
  }

  begin(): void {
    this.boundary.run(this.first);
  }

  private readonly first = (): void => {
    const upstream = this.tools.upstream();
    const pick = upstream.pick();
    if (!pick) {
      this.refuse(noInstance());
      return;
    }
    upstream.retries.request();
    this.hold(pick);
    this.dispatch();
  };

  private get retries(): Retries {
    return (this.madeRetries ??= new Retries(this.tools, this.outgoing));
  }

  onWholeBody(): void {
    if (!this.answering) this.patience.begin(this.outgoing.deadlineMs);
  }

  onHead(source: AnswerSource, status: number, headers: AnswerHeaders, reason: string): void {
    this.patience.end();
    if (this.hasBody) endGentlyBehind(this.request.raw, this.reply.raw);
    this.answer.begin(source, status, answerHeaders(status, headers), reason);
    this.answering = true;
    this.reply.hijack();
  }

  onData(chunk: Buffer): void {
    this.answer.push(chunk);
  }

  onEnd(): void {
    this.done = true;
    this.answer.end();
    discardRest(this.request.raw);
  }

  onError(error: Error): void {
    const attempt = this.current!;
    const { raw } = this.request;
    this.patience.end();
    if (raw.destroyed && !raw.complete) {
      // The client left in the middle of its body, which is then what failed.
      this.done = true;
      attempt.pick.release('unknown');
    } else if (this.answering) {
      this.done = true;
      this.retries.note(attempt, 'broken', error, false);
      attempt.pick.release('broken');
      this.answer.cut();
    } else if (isUnsendable(error) || isTooLarge(error)) {
      attempt.pick.release('unknown');
      this.refuse(isTooLarge(error) ? answerTooLarge(error) : unsendable(error));
    } else {
      const outcome = outcomeOf(attempt.reach, error);
      attempt.pick.release(outcome);
      if (this.goElsewhere(attempt, outcome, error)) return;
      this.retries.note(attempt, outcome, error, false);
      this.refuse(this.retries.problem());
    }
  }

  onTimePassed(late: boolean, over: boolean): void {
    const attempt = this.current!;
    if (attempt.tookBody()) {
      this.patience.begin(this.outgoing.deadlineMs);
      return;
    }
    if (over) {
      this.expire(attempt, late);
      return;
    }
    if (late && !attempt.waitsForClient) {
      const outcome = timeOutOf(attempt);
      if (outcome === 'timeout') attempt.pick.observe(outcome);
      const error = new Error(`no answer began within ${this.tools.attemptMs} ms`);
      if (this.goElsewhere(attempt, outcome, error)) {
        attempt.abandon(outcome);
        return;
      }
    }
    this.patience.waitOn();
  }

  /** The time for all attempts has passed. `late`: the current one had the time that any replica gets. */
  private expire(attempt: Attempt, late: boolean): void {
    const { deadlineMs } = this.outgoing;
    if (attempt.waitsForClient) {
      attempt.abandon('unknown');
      this.refuse(clientStalled(deadlineMs));
      return;
    }
    const outcome = late ? timeOutOf(attempt) : 'unknown';
    attempt.abandon(outcome);
    // A client that gives less time than any replica gets has not met a fault.
    if (late) this.retries.note(attempt, outcome, new Error('the deadline passed'), false);
    this.refuse(upstreamTimeout(deadlineMs, this.retries.faults));
  }

  /** Begins an attempt at another replica, where that is allowed and there is one; the failed one is the caller's to end. */
  private goElsewhere(failed: Attempt, outcome: Outcome, error: Error): boolean {
    const next = this.retries.next(failed);
    if (!next) return false;
    this.retries.note(failed, outcome, error, true);
    this.hold(next);
    // While nothing was sent there is nothing that needs time; else not all whom one death hit come back in one moment.
    if (failed.reach === 'unsent') this.dispatch();
    else this.patience.delay(retryAfterMs(this.retries.count, this.tools.random), this.dispatch);
    return true;
  }

  private hold(pick: Pick): void {
    const body = this.hasBody ? new RequestBody(this.request.raw, this.boundary) : null;
    this.current = new Attempt(this, pick, body, this.boundary);
  }

  private readonly dispatch = (): void => {
    const attempt = this.current!;
    const { method, path, headers, silenceMs } = this.outgoing;
    const restMs = this.patience.restMs();
    if (restMs < 1) return this.expire(attempt, false);
    // undici has copied the headers when `dispatch` returns.
    headers[headers.length - 1] = String(restMs);
    this.patience.begin(restMs);
    attempt.dispatch(this.tools.agent, method, path, headers, silenceMs);
  };

  private readonly onClientClose = (): void => {
    this.patience.end();
    this.answer.release();
    if (this.done) return;
    this.done = true;
    this.current?.abandon('unknown');
  };

  /** Nothing that a replica did: its place is given back, and the client learns as much as is still possible. */
  private readonly onFault = (fault: Error): void => {
    const { raw } = this.reply;
    const isOpen = !this.done && !raw.headersSent;
    this.done = true;
    this.patience.end();
    this.current?.abandon('unknown');
    if (isOpen) {
      // Node keeps the phrase of a head that it then did not take.
      raw.statusMessage = '';
      this.refuse(ownFault(fault));
    } else {
      this.tools.onCut(fault);
      this.answer.release();
      reset(raw);
    }
  };

  /** Ends the exchange with an answer of our own. */
  private refuse(problem: Error): void {
    this.done = true;
    this.patience.end();
    void this.reply.send(problem);
    discardRest(this.request.raw);
  }
}

/** Without a connection it is our own limit on them that it waits for: a replica that takes none is told by a refusal. */
const timeOutOf = ({ reach }: Attempt): Outcome => (reach === 'unsent' ? 'unknown' : 'timeout');
