import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Pick, Upstream } from '@nestfleet/discovery';
import type { FastifyReply } from 'fastify';
import type { FailedAttempt } from '../attempt-log.ts';
import { type AnswerHeaders, answerHeaders } from '../forward-headers.ts';
import { noInstance, outcomeOf, retryBudgetEmpty, upstreamFailed, upstreamTimeout } from '../problems.ts';
import type { Reach } from '../retryable.ts';
import type { Places } from './places.ts';
import { joinSockets } from './tunnel.ts';

export interface UpgradeTools {
  readonly upstream: () => Upstream;
  /** Replicas that one request may meet after the first one failed. */
  readonly retriesMax: number;
  /** How long a replica may take to begin its answer before that counts against it, milliseconds. */
  readonly attemptMs: number;
  readonly connectTimeoutMs: number;
  readonly streamsEnd: AbortSignal;
  readonly onFailedAttempt: (attempt: FailedAttempt) => void;
  readonly places: Places;
}

export interface Upgrading {
  readonly path: string;
  /** Names and values in turn, those of the connection included. */
  readonly headers: readonly string[];
  readonly deadlineMs: number;
  readonly socket: Socket;
}

/** One client's upgrade: a replica that takes no connection is passed over; what one answers is what the client gets. */
export class Upgrade {
  private readonly tried = new Set<string>();
  private readonly faults: Error[] = [];
  private readonly timer: NodeJS.Timeout;
  private pick: Pick | undefined;
  private leavePlace: (() => void) | undefined;
  private outgoing: ClientRequest | undefined;
  private reach: Reach = 'unsent';
  /** When the current attempt did. */
  private beganMs = 0;

  constructor(
    private readonly tools: UpgradeTools,
    private readonly reply: FastifyReply,
    private readonly upgrading: Upgrading,
  ) {
    this.timer = setTimeout(this.expire, upgrading.deadlineMs);
    upgrading.socket.once('close', () => {
      clearTimeout(this.timer);
      this.end('unknown');
    });
  }

  begin(): void {
    const pick = this.pickOne();
    if (!pick) {
      this.refuse(noInstance());
      return;
    }
    this.tools.upstream().retries.request();
    this.send(pick);
  }

  private pickOne(): Pick | undefined {
    return this.tools.upstream().pick({ exclude: new Set([...this.tools.places.full(), ...this.tried]) });
  }

  private send(pick: Pick): void {
    this.pick = pick;
    this.leavePlace = this.tools.places.take(pick.instance.id);
    this.reach = 'unsent';
    this.beganMs = performance.now();
    const { path, headers } = this.upgrading;
    const { address: host, port } = pick.instance;
    const outgoing = httpRequest({ host, port, path, headers, agent: false, setHost: false });
    this.outgoing = outgoing;
    outgoing.setTimeout(this.tools.connectTimeoutMs, () => {
      if (this.reach === 'unsent') outgoing.destroy(new Error('no connection in time'));
    });
    outgoing.once('socket', (socket) => socket.once('connect', () => (this.reach = 'sent')));
    outgoing.once('upgrade', this.onUpgrade);
    outgoing.once('response', this.onAnswer);
    outgoing.on('error', (error) => this.onError(outgoing, error));
    outgoing.end();
  }

  private readonly onUpgrade = (answer: IncomingMessage, replica: Socket, head: Buffer): void => {
    const { socket } = this.upgrading;
    clearTimeout(this.timer);
    // From here on the two connections end each other.
    this.outgoing = undefined;
    this.pick?.observe('ok');
    replica.once('close', () => this.end('ok'));
    this.reply.hijack();
    this.reply.raw.statusCode = 101;
    socket.write(switching(answerHeaders(answer.headers)), 'latin1');
    if (head.length > 0) replica.unshift(head);
    joinSockets(socket, replica, this.tools.streamsEnd);
  };

  /** It does not want to; a plain answer, behind which the connection ends. */
  private readonly onAnswer = (answer: IncomingMessage): void => {
    const { raw } = this.reply;
    clearTimeout(this.timer);
    this.reach = 'answered';
    this.pick?.observe((answer.statusCode ?? 0) < 500 ? 'ok' : 'error');
    this.reply.hijack();
    raw.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHeaders(answer.headers));
    answer.pipe(raw);
    answer.once('error', () => raw.destroy());
    answer.once('end', () => this.end('ok'));
  };

  private onError(outgoing: ClientRequest, error: Error): void {
    if (outgoing !== this.outgoing || this.reach === 'answered') return;
    const { reach, pick } = this;
    if (!pick) return;
    const outcome = outcomeOf(reach, error);
    this.faults.push(error);
    this.tried.add(pick.instance.id);
    this.end(outcome);
    const next = reach === 'unsent' && this.tried.size <= this.tools.retriesMax ? this.pickOne() : undefined;
    // A trial was our own idea, and costs the budget nothing.
    const isWithin = next !== undefined && (pick.isTrial || this.tools.upstream().retries.take());
    this.tools.onFailedAttempt({ instanceId: pick.instance.id, outcome, error, willRetry: isWithin });
    if (next && isWithin) {
      this.send(next);
      return;
    }
    next?.release('unknown');
    this.refuse(next ? retryBudgetEmpty(this.faults) : upstreamFailed(this.faults));
  }

  private readonly expire = (): void => {
    // A client may give less time than any replica is given, which is no fault of this one.
    const isLate = this.reach !== 'unsent' && performance.now() - this.beganMs >= this.tools.attemptMs;
    this.end(isLate ? 'timeout' : 'unknown');
    this.refuse(upstreamTimeout(this.upgrading.deadlineMs, this.faults));
  };

  private refuse(problem: Error): void {
    clearTimeout(this.timer);
    void this.reply.send(problem);
  }

  /** The use of this replica has ended, and so does what is left of its request. */
  private end(outcome: Parameters<Pick['release']>[0]): void {
    const { outgoing, pick } = this;
    this.outgoing = undefined;
    this.pick = undefined;
    pick?.release(outcome);
    this.leavePlace?.();
    this.leavePlace = undefined;
    outgoing?.destroy();
  }
}

/** Hop-by-hop headers of our own; all else as the replica said it. */
function switching(headers: AnswerHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}: ${each}`),
  );
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('\r\n')}\r\n\r\n`;
}
