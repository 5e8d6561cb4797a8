import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Outcome, Pick } from '@nestfleet/discovery';
import type { SendTimeouts } from '@nestfleet/service';
import { startDeadline } from '@nestfleet/timing';
import type { FastifyReply } from 'fastify';
import { checkFieldText, checkStatus, headersOf } from '../answer-head.ts';
import { type AnswerLimits, AnswerStream, reset } from '../answer-stream.ts';
import { Boundary } from '../boundary.ts';
import type { ExchangeTools } from '../exchange.ts';
import { answerHeaders } from '../forward-headers.ts';
import { observeAnswer, replicaFull, replicasFull } from '../overloaded.ts';
import {
  answerTooLarge,
  isTooLarge,
  noInstance,
  notRetried,
  outcomeOf,
  ownFault,
  streamsExhausted,
  upstreamTimeout,
} from '../problems.ts';
import { isUnbegun, type Reach } from '../retry-policy.ts';
import type { RetryDecision } from '../retries.ts';
import { joinSockets } from './tunnel.ts';
import { switchingHead } from './upgrade-answer.ts';

export interface UpgradeTools extends ExchangeTools {
  readonly connectTimeoutMs: number;
}

/** Upgrading is an upgrade as it is sent; the limits are those of a plain answer to it. */
export interface Upgrading extends AnswerLimits {
  readonly path: string;
  /** Names and values in turn; the last one is what is left of the deadline, which each attempt says anew. */
  readonly headers: readonly string[];
  readonly deadlineMs: number;
  readonly sendTimeouts: SendTimeouts;
  readonly socket: Socket;
}

const UPGRADE_HEADERS = ['connection', 'Upgrade', 'upgrade', 'websocket'] as const;

/**
 * Upgrade is one client's upgrade: retried where a replica takes no connection, or is full and has not begun it; what else one
 * answers is what the client gets.
 */
export class Upgrade {
  private readonly boundary: Boundary;
  private readonly tried = new Set<string>();
  private readonly errors: Error[] = [];
  private readonly cancelDeadline: () => void;
  private pick: Pick | undefined;
  private releaseSlot: (() => void) | undefined;
  private outgoing: ClientRequest | undefined;
  private replica: Socket | undefined;
  private plainAnswer: AnswerStream | undefined;
  private reach: Reach = 'unsent';
  /** Times that a full replica has had it sent elsewhere. */
  private refusals = 0;
  /** When the current attempt did. */
  private beganMs = 0;
  private readonly endMs: number;

  constructor(
    private readonly tools: UpgradeTools,
    private readonly reply: FastifyReply,
    private readonly upgrading: Upgrading,
  ) {
    this.boundary = new Boundary(this.onFault, () => upgrading.socket.destroy());
    this.endMs = performance.now() + upgrading.deadlineMs;
    this.cancelDeadline = startDeadline(upgrading.deadlineMs, this.boundary.guard(this.expire));
    this.boundary.on(upgrading.socket, 'close', () => {
      this.cancelDeadline();
      this.plainAnswer?.release();
      this.end('unknown');
    });
  }

  begin(): void {
    this.boundary.run(() => {
      const { exhausted, isTotalExhausted } = this.tools.slots.upgrades;
      const pick = isTotalExhausted ? undefined : this.pickOne();
      if (!pick) {
        const members = this.tools.upstream().members();
        const isFull = isTotalExhausted || members.some(({ instance }) => exhausted.has(instance.id));
        if (isFull) this.tools.onOverflow('upgrades');
        this.refuse(isFull ? streamsExhausted() : noInstance());
        return;
      }
      this.tools.upstream().retries.request();
      this.send(pick);
    });
  }

  private pickOne(excludeOverloaded = false): Pick | undefined {
    const exclude = new Set([...this.tools.slots.upgrades.exhausted, ...this.tried]);
    return this.tools.upstream().pick({ exclude, excludeOverloaded });
  }

  private send(pick: Pick): void {
    this.pick = this.tools.onAttempt(pick);
    this.reach = 'unsent';
    const remainingMs = Math.ceil(this.endMs - performance.now());
    if (remainingMs < 1) {
      this.expire();
      return;
    }
    const { upgrades } = this.tools.slots;
    upgrades.take(pick.instance.id);
    this.releaseSlot = () => upgrades.release(pick.instance.id);
    this.beganMs = performance.now();
    const { boundary } = this;
    const { path } = this.upgrading;
    const headers = [...this.upgrading.headers.slice(0, -1), String(remainingMs), ...UPGRADE_HEADERS];
    const { address: host, port } = pick.instance;
    const outgoing = httpRequest({ host, port, path, headers, agent: false, setHost: false });
    this.outgoing = outgoing;
    // Node's own timeout of a request begins when it is connected.
    const cancelConnectTimeout = startDeadline(
      this.tools.connectTimeoutMs,
      boundary.guard(() => void outgoing.destroy(new Error('no connection in time'))),
    );
    boundary.on(outgoing, 'close', cancelConnectTimeout);
    boundary.on(outgoing, 'socket', (socket: Socket) =>
      boundary.on(socket, 'connect', () => {
        cancelConnectTimeout();
        this.reach = 'sent';
      }),
    );
    boundary.on(outgoing, 'upgrade', (answer: IncomingMessage, replica: Socket, head: Buffer) => {
      // From here on it is nobody's but ours; 'close' says the same.
      boundary.on(replica, 'error', () => undefined);
      if (outgoing === this.outgoing) this.onUpgrade(answer, replica, head);
      else replica.destroy();
    });
    boundary.on(outgoing, 'response', (answer: IncomingMessage) => {
      if (outgoing === this.outgoing) this.onAnswer(answer);
    });
    boundary.on(outgoing, 'error', (error: Error) => this.onError(outgoing, error));
    outgoing.end();
  }

  private onUpgrade(answer: IncomingMessage, replica: Socket, head: Buffer): void {
    const { socket } = this.upgrading;
    this.cancelDeadline();
    this.reach = 'answered';
    this.outgoing = undefined;
    this.replica = replica;
    const written = switchingHead(answer);
    this.pick?.observe('ok');
    this.reply.hijack();
    this.reply.raw.statusCode = 101;
    socket.write(written, 'latin1');
    if (head.length > 0) replica.unshift(head);
    // From here on the two connections end each other.
    this.boundary.on(replica, 'close', () => this.end('ok'));
    // The client's is watched since it was accepted.
    this.upgrading.sendTimeouts.watch(replica);
    joinSockets(socket, replica, this.tools.streamsEnd, this.boundary);
  }

  /** The upgrade is declined: a plain answer, behind which the connection ends. */
  private onAnswer(answer: IncomingMessage): void {
    const { raw } = this.reply;
    const { boundary, tools } = this;
    const status = answer.statusCode ?? 0;
    this.reach = 'answered';
    checkStatus(status);
    const reason = checkFieldText(answer.statusMessage ?? '');
    const headers = answerHeaders(status, headersOf(answer.rawHeaders));
    if (this.pick && observeAnswer(this.pick, status, headers) === 'overloaded' && this.isSentElsewhere(answer)) return;
    this.cancelDeadline();
    const onBroken = (): void => {
      stream.cut();
      this.end('broken');
    };
    // What the client sends behind its request has no use any more, and its end shows behind it.
    const onAwaited = (): void => void this.upgrading.socket.resume();
    const stream = new AnswerStream(raw, tools, this.upgrading, { onSilent: onBroken, onAwaited }, boundary);
    stream.begin(answer, status, headers, reason);
    this.plainAnswer = stream;
    this.reply.hijack();
    boundary.on(answer, 'data', (chunk: Buffer) => stream.push(chunk));
    boundary.on(answer, 'end', () => {
      stream.end();
      this.end('ok');
    });
    boundary.on(answer, 'error', onBroken);
  }

  /** A full replica has not begun it. Its connection was for this upgrade alone, and ends with what is left of its answer. */
  private isSentElsewhere(answer: IncomingMessage): boolean {
    const { pick } = this;
    if (!pick) return false;
    this.tried.add(pick.instance.id);
    const { next } = this.decideRetry('not_begun');
    if (!next) return false;
    this.refusals += 1;
    const error = replicaFull();
    this.errors.push(error);
    // It is cut, and nobody is to be told.
    this.boundary.on(answer, 'error', () => undefined);
    this.end('overloaded');
    this.tools.onFailedAttempt({ instanceId: pick.instance.id, outcome: 'overloaded', error, stop: undefined });
    this.send(next);
    return true;
  }

  private onError(outgoing: ClientRequest, error: Error): void {
    if (outgoing !== this.outgoing || this.reach === 'answered') return;
    const { reach, pick } = this;
    if (!pick) return;
    if (isTooLarge(error)) {
      this.end('unknown');
      this.refuse(answerTooLarge(error));
      return;
    }
    const outcome = outcomeOf(reach, error);
    this.errors.push(error);
    this.tried.add(pick.instance.id);
    this.end(outcome);
    const { next, stop } = this.decideRetry(reach);
    this.tools.onFailedAttempt({ instanceId: pick.instance.id, outcome, error, stop });
    if (next) this.send(next);
    else if (this.refusals > 0 && isUnbegun(reach)) this.refuse(replicasFull(this.errors));
    else this.refuse(notRetried(stop, this.errors));
  }

  private decideRetry(reach: Reach): RetryDecision {
    if (!isUnbegun(reach)) return { stop: 'not_retryable' };
    const isFull = reach === 'not_begun';
    if (isFull && this.refusals >= this.tools.retriesMax) return { stop: 'retries_exhausted' };
    // Where all are full one more attempt would only add to what they refuse.
    const next = this.pickOne(isFull);
    if (!next) return { stop: 'no_other_host' };
    // What was not sent is free, and so are probes.
    if (this.tools.upstream().retries.take(!isFull || this.pick?.isProbe === true)) return { next };
    next.release('unknown');
    return { stop: 'retry_budget_exhausted' };
  }

  private readonly expire = (): void => {
    // A client may give less time than any replica is given, which is no fault of this one.
    const isLate = this.reach !== 'unsent' && performance.now() - this.beganMs >= this.tools.attemptMs;
    const { pick } = this;
    this.end(isLate ? 'timeout' : 'unknown');
    if (pick && isLate) {
      const error = new Error('the deadline passed');
      this.errors.push(error);
      this.tools.onFailedAttempt({
        instanceId: pick.instance.id,
        outcome: 'timeout',
        error,
        stop: 'deadline_exceeded',
      });
    }
    this.refuse(upstreamTimeout(this.upgrading.deadlineMs, this.errors));
  };

  /** Nothing that a replica did: its slot is released, and the client is answered where that is still possible. */
  private readonly onFault = (fault: Error): void => {
    const { raw } = this.reply;
    const isOpen = !raw.headersSent && raw.statusCode !== 101;
    this.end('unknown');
    this.replica?.destroy();
    if (isOpen) {
      // Node keeps the phrase of a head that it then did not take.
      raw.statusMessage = '';
      this.refuse(ownFault(fault));
    } else {
      this.cancelDeadline();
      this.tools.onCut(fault);
      this.plainAnswer?.release();
      reset(raw);
    }
  };

  private refuse(problem: Error): void {
    this.cancelDeadline();
    void this.reply.send(problem);
  }

  /** The use of this replica has ended, and so does what is left of its request. */
  private end(outcome: Outcome): void {
    const { outgoing, pick } = this;
    this.outgoing = undefined;
    this.pick = undefined;
    pick?.release(outcome);
    this.releaseSlot?.();
    this.releaseSlot = undefined;
    outgoing?.destroy();
  }
}
