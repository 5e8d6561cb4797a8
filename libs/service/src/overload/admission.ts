import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { OVERLOADED_HEADER, PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { startDeadline } from '@nestfleet/timing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemSpec, toProblem } from '../problem/problem.ts';
import { type RequestContext, runInRequest } from '../request-context.ts';
import type { QueuedRequest, RefusalReason } from './admission-queue.ts';

/** So long work that goes on after its client has gone keeps its place, milliseconds: a handler may never end. */
const ABANDONED_MAX_MS = 10_000;
const RETRY_AFTER_S = 1;

const DETAILS: Readonly<Record<RefusalReason, string>> = {
  queue_full: 'As many requests wait here already as may wait',
  queue_timeout: 'The request has waited for its turn for as long as it may',
  deadline: 'The caller’s deadline would pass before the request had its turn',
  event_loop_lag: 'The process is busy, and the request has waited for its turn for as long as it may',
  client_gone: 'The client has ended its side of the connection while the request waited',
  bodies_full: 'As many bytes of bodies are on their way here as may be, and this one has been for longest',
};

const overloaded = (reason: RefusalReason): ProblemSpec => ({
  status: 503,
  code: 'overloaded',
  title: 'This instance is full',
  detail: `${DETAILS[reason]}. It was not begun`,
});

/** refuseOverloaded answers a request that was not begun. */
export function refuseOverloaded(reply: FastifyReply, reason: RefusalReason): void {
  const spec = overloaded(reason);
  // Not by the filter: there are many of them, and each is to cost little.
  void reply
    .code(spec.status)
    .headers({ 'retry-after': String(RETRY_AFTER_S), [OVERLOADED_HEADER]: 'true', 'cache-control': 'no-store' })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(toProblem(spec, reply.request.id)));
}

/** AdmissionOwner is told what becomes of a request. */
export interface AdmissionOwner {
  refused(reason: RefusalReason): void;
  /** Its client has gone before its turn. */
  abandoned(admission: Admission): void;
  /** It ran, and its place is free. */
  leave(): void;
}

/** Admission is one request before and in the queue, and in flight. */
export class Admission implements QueuedRequest {
  /** Its turn comes where another request ends, whose budgets and traces are not its own. */
  private readonly inOwnContext = AsyncLocalStorage.snapshot();
  private isRunning = false;
  private hasEnded = false;
  private hasAnswer = false;
  private cancelAbandoned: (() => void) | undefined;

  constructor(
    private readonly owner: AdmissionOwner,
    private readonly reply: FastifyReply,
    private readonly context: RequestContext,
    private readonly done: () => void,
  ) {}

  get endMs(): number {
    return this.context.endMs;
  }

  get isHalfClosed(): boolean {
    return this.reply.request.raw.socket.readableEnded;
  }

  run(): void {
    this.isRunning = true;
    this.inOwnContext(runInRequest, this.context, this.done);
    // Its handler works at the pace of its client. Later, because whoever takes the place would be begun within this call.
    if (isStreamed(this.reply.request)) process.nextTick(() => this.end());
  }

  refuse(reason: RefusalReason): void {
    this.hasEnded = true;
    this.owner.refused(reason);
    refuseOverloaded(this.reply, reason);
  }

  onAnswer(): void {
    this.hasAnswer = true;
    if (this.cancelAbandoned) this.end();
  }

  /** Its place is free. */
  end(): void {
    if (!this.isRunning || this.hasEnded) return;
    this.hasEnded = true;
    this.cancelAbandoned?.();
    this.owner.leave();
  }

  readonly onClose = (): void => {
    if (this.hasEnded) return;
    if (!this.isRunning) {
      this.hasEnded = true;
      this.owner.abandoned(this);
    } else if (this.hasAnswer || this.reply.sent) this.end();
    // The handler knows nothing of it and works on.
    else this.cancelAbandoned = startDeadline(ABANDONED_MAX_MS, () => this.end(), { keepsProcessAlive: false });
  };
}

/** A body that its handler reads as it comes, and of which a part has not come. */
const isStreamed = ({ body, raw }: FastifyRequest): boolean => body instanceof Readable && !raw.complete;
