import { type Outcome, type Pick, retryAfterMs, type Upstream } from '@nestfleet/discovery';
import { discardRest, type ProblemError } from '@nestfleet/service-defaults';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { AnswerStream } from './answer-stream.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { FailedAttempt } from './attempt-log.ts';
import { type AnswerHeaders, answerHeaders } from './forward-headers.ts';
import { Patience, type Waiting } from './patience.ts';
import {
  clientStalled,
  isUnsendable,
  noInstance,
  outcomeOf,
  retryBudgetEmpty,
  unsendable,
  upstreamFailed,
  upstreamTimeout,
} from './problems.ts';
import { closeAfterBody, hasBody, RequestBody } from './request-body.ts';
import { mayGoElsewhere } from './retryable.ts';

/** What all exchanges of a gateway share. */
export interface ExchangeTools {
  readonly agent: Dispatcher;
  /** Not the upstream itself: it begins to watch when first asked for, and printing the documents must not. */
  readonly upstream: () => Upstream;
  /** Replicas that one request may meet after the first one failed. */
  readonly retriesMax: number;
  /** How long a replica may take to begin its answer before that counts against it, milliseconds. */
  readonly attemptMs: number;
  readonly random: () => number;
  /** This gateway leaves: streams are to end by themselves. */
  readonly streamsEnd: AbortSignal;
  readonly onFailedAttempt: (attempt: FailedAttempt) => void;
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
  private current: Attempt | undefined;
  private tried: Set<string> | undefined;
  private faults: Error[] | undefined;
  private retries = 0;
  private budgetEmpty = false;
  private answering = false;
  private done = false;

  constructor(
    private readonly tools: ExchangeTools,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly outgoing: Outgoing,
  ) {
    this.answer = new AnswerStream(reply.raw, tools.streamsEnd, tools.random);
    this.patience = new Patience(this, tools.attemptMs, outgoing.deadlineMs);
    this.hasBody = hasBody(request.raw.headers);
    reply.raw.once('close', this.onClientClose);
  }

  begin(): void {
    const upstream = this.tools.upstream();
    const pick = upstream.pick();
    if (!pick) {
      this.refuse(noInstance());
      return;
    }
    upstream.retries.request();
    this.hold(pick);
    this.dispatch();
  }

  onWholeBody(): void {
    if (!this.answering) this.patience.begin(this.outgoing.deadlineMs);
  }

  onHead(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHeaders,
    statusText: string | undefined,
  ): void {
    this.patience.end();
    if (this.hasBody) closeAfterBody(this.request.raw, this.reply.raw);
    this.answer.begin(controller, status, answerHeaders(headers), statusText);
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
      this.note(attempt, 'broken', error, false);
      attempt.pick.release('broken');
      this.answer.cut();
    } else if (isUnsendable(error)) {
      attempt.pick.release('unknown');
      this.refuse(unsendable(error));
    } else {
      const outcome = outcomeOf(attempt.reach, error);
      attempt.pick.release(outcome);
      if (this.goElsewhere(attempt, outcome, error)) return;
      this.note(attempt, outcome, error, false);
      const faults = this.faults ?? [];
      this.refuse(this.budgetEmpty ? retryBudgetEmpty(faults) : upstreamFailed(faults));
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
    this.note(attempt, outcome, new Error('the deadline passed'), false);
    this.refuse(upstreamTimeout(deadlineMs, this.faults ?? []));
  }

  /** Begins an attempt at another replica, where that is allowed and there is one; the failed one is the caller's to end. */
  private goElsewhere(failed: Attempt, outcome: Outcome, error: Error): boolean {
    const next = this.another(failed);
    if (!next) return false;
    this.note(failed, outcome, error, true);
    this.retries += 1;
    this.hold(next);
    // While nothing was sent there is nothing that needs time; else not all whom one death hit come back in one moment.
    if (failed.reach === 'unsent') this.dispatch();
    else this.patience.delay(retryAfterMs(this.retries, this.tools.random), this.dispatch);
    return true;
  }

  private another({ reach, bodyBegun, instanceId, pick: { isTrial } }: Attempt): Pick | undefined {
    this.budgetEmpty = false;
    const { method, path } = this.outgoing;
    const { headers } = this.request.raw;
    if (this.retries >= this.tools.retriesMax) return undefined;
    if (!mayGoElsewhere({ reach, bodyBegun, method, path, headers })) return undefined;
    const upstream = this.tools.upstream();
    (this.tried ??= new Set()).add(instanceId);
    const pick = upstream.pick({ exclude: this.tried });
    if (!pick || upstream.retries.take() || (isTrial && isWell(upstream, pick))) return pick;
    this.budgetEmpty = true;
    pick.release('unknown');
    return undefined;
  }

  private hold(pick: Pick): void {
    this.current = new Attempt(this, pick, this.hasBody ? new RequestBody(this.request.raw) : null);
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

  private note(attempt: Attempt, outcome: Outcome, error: Error, willRetry: boolean): void {
    (this.faults ??= []).push(error);
    this.tools.onFailedAttempt({ instanceId: attempt.instanceId, outcome, error, willRetry });
  }

  /** Ends the exchange with an answer of our own. */
  private refuse(problem: ProblemError): void {
    this.done = true;
    this.patience.end();
    void this.reply.send(problem);
    discardRest(this.request.raw);
  }
}

/** The one that was tried had been passed over: with little traffic such trials alone would use the budget up. */
const isWell = (upstream: Upstream, { instance }: Pick): boolean =>
  upstream.members().some((member) => member.instance.id === instance.id && member.why === undefined);

/** Without a connection it is our own limit on them that it waits for: a replica that takes none is told by a refusal. */
const timeOutOf = ({ reach }: Attempt): Outcome => (reach === 'unsent' ? 'unknown' : 'timeout');
