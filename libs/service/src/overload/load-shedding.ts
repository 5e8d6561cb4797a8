import type { IncomingHttpHeaders, Server } from 'node:http';
import { startDeadline } from '@nestfleet/timing';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { BaseConfig } from '../config/base-config.ts';
import type { OverloadConfig } from '../config/overload-config.ts';
import { BODY_LIMIT_BYTES } from '../connections/body-limit.ts';
import { type RequestContext, runInRequest } from '../request-context.ts';
import type { ServiceContext } from '../service-context.ts';
import { Admission, type AdmissionOwner, refuseOverloaded } from './admission.ts';
import { AdmissionQueue, type RefusalReason } from './admission-queue.ts';
import { BodyBudget } from './body-budget.ts';
import { LagGuard } from './lag-guard.ts';
import { startLoopClock } from './loop-clock.ts';
import { ShedLog } from './shed-log.ts';
import { sheddingMetrics } from './shedding-metrics.ts';

/** Where a request keeps its admission until it has left. */
const ADMISSION = Symbol('admission');
/** Where it keeps its context while its body comes. */
const RECEIVING = Symbol('receiving');
type Admitted = FastifyReply & { [ADMISSION]?: Admission | undefined; [RECEIVING]?: RequestContext | undefined };

/** So long requests are begun in one turn of the event loop, milliseconds. */
const TURN_MS = 10;
/** So long turns in a row are left to connections that come, milliseconds. */
const ACCEPTING_MS = 5;

export interface LoadSheddingParts {
  readonly queue: AdmissionQueue;
  readonly lag: LagGuard;
  readonly bodies: BodyBudget<FastifyReply>;
  /** True in the graceful shutdown. */
  readonly isDraining: () => boolean;
  /** Told of each request that is not run. */
  readonly onShed: (reason: RefusalReason) => void;
  /** How often it looks for those that have waited for too long, milliseconds. */
  readonly tickMs: number;
}

/**
 * LoadShedding admits the requests of one instance: at most so many at once, the others in a queue. What cannot be begun in
 * time is refused with 503 and `x-overloaded`, which promises that it was not begun.
 */
export class LoadShedding implements AdmissionOwner {
  private readonly parts: LoadSheddingParts;
  private cancelTick: (() => void) | undefined;

  constructor(parts: LoadSheddingParts) {
    this.parts = parts;
  }

  /** Goes on with the request now or when its turn comes; or answers it, or drops it when its client goes before. */
  admit(reply: FastifyReply, context: RequestContext, done: () => void): void {
    const { queue, lag, isDraining, onShed } = this.parts;
    // It waited for the first readiness, and its client did not.
    if (reply.raw.destroyed) {
      onShed('client_gone');
      return;
    }
    const admission = new Admission(this, reply, context, done);
    if (!isDraining() && lag.refuses()) {
      admission.refuse('event_loop_lag');
      return;
    }
    (reply as Admitted)[ADMISSION] = admission;
    reply.raw.on('close', admission.onClose);
    queue.enter(admission);
    this.planTick();
  }

  /**
   * Goes on with a request whose body follows: it is admitted once that has been read, because a body comes at the pace of
   * its client.
   */
  receive(reply: FastifyReply, context: RequestContext, done: () => void): void {
    const { bodies, onShed } = this.parts;
    if (reply.raw.destroyed) {
      onShed('client_gone');
      return;
    }
    (reply as Admitted)[RECEIVING] = context;
    reply.raw.once('close', () => bodies.end(reply));
    let isRefused = false;
    bodies.begin(reply, lengthOf(reply.request.headers), () => {
      isRefused = true;
      // Its body was refused already, and is still being read.
      if (reply.sent) return;
      onShed('bodies_full');
      refuseOverloaded(reply, 'bodies_full');
    });
    if (!isRefused) runInRequest(context, done);
  }

  /** The body has been read, or is the handler's to read. Goes on with what is admitted already. */
  admitReceived(reply: FastifyReply, done: () => void): void {
    const { bodies } = this.parts;
    const context = (reply as Admitted)[RECEIVING];
    if (context === undefined) {
      done();
      return;
    }
    if (reply.request.raw.complete) bodies.complete(reply);
    else bodies.end(reply);
    this.admit(reply, context, () => {
      bodies.end(reply);
      done();
    });
  }

  /** The head of an event stream is about to go out: from here on it is no work that others wait for. */
  onStreamHead(reply: FastifyReply): void {
    (reply as Admitted)[ADMISSION]?.end();
  }

  /** The handler has ended: its place is free where its client has gone before. */
  onAnswer(reply: FastifyReply): void {
    (reply as Admitted)[ADMISSION]?.onAnswer();
  }

  refused(reason: RefusalReason): void {
    this.parts.onShed(reason);
  }

  abandoned(admission: Admission): void {
    if (this.parts.queue.remove(admission)) this.parts.onShed('client_gone');
  }

  leave(): void {
    this.parts.queue.leave();
  }

  close(): void {
    this.cancelTick?.();
  }

  private planTick(): void {
    if (this.parts.queue.depth > 0) this.cancelTick ??= startDeadline(this.parts.tickMs, this.tick);
  }

  private readonly tick = (): void => {
    this.cancelTick = undefined;
    this.parts.queue.expire();
    this.planTick();
  };
}

/** Of a chunked body nothing is known but how much of it is read. */
const lengthOf = ({ 'content-length': length }: IncomingHttpHeaders): number =>
  Math.min(Number(length ?? Infinity), BODY_LIMIT_BYTES);

/**
 * afterAccepting calls back in the first of the next turns of the event loop in which no connection came. Node accepts one in
 * a turn: where each turn begins work, the others, and the requests on them, wait where nobody can refuse them.
 */
function afterAccepting(server: Server, onTurn: () => void): () => void {
  let hasAccepted = false;
  let sinceMs: number | undefined;
  const look = (): void => {
    if (hasAccepted) {
      hasAccepted = false;
      const nowMs = performance.now();
      sinceMs ??= nowMs;
      if (nowMs - sinceMs < ACCEPTING_MS) {
        setImmediate(look);
        return;
      }
    }
    sinceMs = undefined;
    onTurn();
  };
  server.on('connection', () => (hasAccepted = true));
  return () => void setImmediate(look);
}

/** installLoadShedding makes the limit of this instance from its settings. */
export function installLoadShedding(
  fastify: FastifyInstance,
  { config, lifecycle, log, metrics }: ServiceContext<BaseConfig>,
  settings: OverloadConfig,
): LoadShedding {
  const isDraining = (): boolean => lifecycle.isShuttingDown;
  const onTurn = (): void => queue.turn();
  const onNextTurn = afterAccepting(fastify.server, onTurn);
  const queue = new AdmissionQueue({
    concurrencyMax: settings.CONCURRENT_REQUESTS_MAX,
    queueMax: settings.QUEUED_REQUESTS_MAX,
    targetMs: settings.QUEUE_TARGET_MS,
    intervalMs: settings.QUEUE_INTERVAL_MS,
    deadlineMs: settings.QUEUE_DEADLINE_MS,
    turnMs: TURN_MS,
    onNextTurn,
    nowMs: () => performance.now(),
    isDraining,
    drainMs: config.SHUTDOWN_IN_FLIGHT_MS,
  });
  const limits = { lagMaxMs: settings.EVENT_LOOP_LAG_MAX_MS, standingMs: settings.QUEUE_DEADLINE_MS };
  const loop = startLoopClock();
  const bodies = new BodyBudget<FastifyReply>(settings.REQUEST_BODIES_BYTES_MAX);
  const count = sheddingMetrics(metrics.registry, queue, bodies);
  const lines = new ShedLog(log);
  const shedding = new LoadShedding({
    queue,
    lag: new LagGuard(limits, loop.clock),
    bodies,
    isDraining,
    onShed: (reason) => {
      count(reason);
      lines.add(reason);
    },
    tickMs: settings.QUEUE_TARGET_MS,
  });
  fastify.decorateReply(ADMISSION, undefined);
  fastify.decorateReply(RECEIVING, undefined);
  fastify.addHook('onClose', async () => {
    loop.stop();
    shedding.close();
    lines.close();
  });
  return shedding;
}
