import type { ServerResponse } from 'node:http';
import { within } from '@nestfleet/timing';
import { closeAfterResponses } from '../connections/pending-responses.ts';
import { type CutWork, InFlight } from './in-flight.ts';
import { DrainEvidence } from './drain-evidence.ts';

/** Phase of a process: `drained` can be taken back; `draining` is the graceful shutdown. */
export type Phase = 'starting' | 'serving' | 'drained' | 'draining' | 'stopped';

/**
 * Lifecycle is the state machine of a process, from start over serving and draining to stopped. `/readyz` and the answers'
 * `Connection` header read it; only boot, the control plane and the shutdown write it. Counts the HTTP requests in flight,
 * hijacked ones included, because it watches the raw response.
 */
export class Lifecycle {
  private current: Phase = 'starting';
  private wasReady = false;
  private held: PromiseWithResolvers<void> | undefined;
  private done = 0;
  private readonly work: InFlight<ServerResponse>;
  private readonly streams = new AbortController();
  /** What shows that the load balancers know of the shutdown. */
  readonly drainEvidence: DrainEvidence;

  constructor(nowMs: () => number = () => performance.now()) {
    this.work = new InFlight(nowMs);
    this.drainEvidence = new DrainEvidence(nowMs);
  }

  get phase(): Phase {
    return this.current;
  }

  /** True for good after the first readiness. */
  get hasBeenReady(): boolean {
    return this.wasReady;
  }

  get inFlight(): number {
    return this.work.count;
  }

  /** What is in flight, by name, the oldest first; a long list is cut. */
  get inFlightNames(): CutWork[] {
    return this.work.named();
  }

  /** Requests answered since the start, health checks left out. */
  get answered(): number {
    return this.done;
  }

  /** True from the start of the graceful shutdown on; a drain that can be taken back is none. */
  get isShuttingDown(): boolean {
    return this.current === 'draining' || this.current === 'stopped';
  }

  /** To be called before it listens: from then on until it is ready `isHolding`. */
  holdUntilReady(): void {
    if (this.current === 'starting') this.held = Promise.withResolvers();
  }

  /**
   * Requests wait until the first readiness, or the shutdown. A load balancer may send to a new replica before the first
   * health check has told it whether it is ready: HAProxy does as soon as DNS has it, Traefik as soon as it runs.
   */
  get isHolding(): boolean {
    return this.held !== undefined;
  }

  /** Resolves when requests do not wait any more, after `limitMs` at the latest. */
  async untilReleased(limitMs: number): Promise<void> {
    if (this.held) await within(this.held.promise, limitMs);
  }

  private releaseHeld(): void {
    this.held?.resolve();
    this.held = undefined;
  }

  ready(): void {
    if (this.current !== 'starting') return;
    this.current = 'serving';
    this.wasReady = true;
    this.releaseHeld();
  }

  /** Out of service without ending: `/readyz` says 404 until `undrain`. Does nothing unless serving. */
  drain(): void {
    if (this.current !== 'serving') return;
    this.current = 'drained';
    this.closeAfterInFlight();
  }

  undrain(): void {
    if (this.current === 'drained') this.current = 'serving';
  }

  /** From now on `/readyz` says 404 and every answer, also those already on their way, `Connection: close`. */
  beginShutdown(): void {
    if (this.isShuttingDown) return;
    this.current = 'draining';
    this.releaseHeld();
    this.drainEvidence.begin();
    this.closeAfterInFlight();
  }

  /**
   * Aborted by the shutdown, once no load balancer picks this replica any more: an answer without an end (events, a long
   * poll) is to end by itself now, with a hint to reconnect. Not before: its client would come back to this replica.
   */
  get streamsEnd(): AbortSignal {
    return this.streams.signal;
  }

  endStreams(): void {
    this.streams.abort();
  }

  stop(): void {
    this.current = 'stopped';
  }

  /** Call once per answer that counts as load. */
  count(): void {
    this.done += 1;
  }

  /** Call once per request, before anything is written. */
  track(response: ServerResponse): void {
    if (this.current === 'drained' || this.isShuttingDown) closeAfterResponses(response);
    // Not `once`: it comes once, and a listener that takes itself away costs each request.
    response.on('close', this.work.begin(response, response.req));
  }

  /** Ends the connections of what is in flight; an upgraded one is no longer the server's to close. */
  cut(): void {
    for (const response of this.work.all()) response.socket?.destroy();
  }

  private closeAfterInFlight(): void {
    for (const response of this.work.all()) closeAfterResponses(response);
  }

  /** Resolves true when nothing is in flight, false when `limitMs` passed first. */
  untilIdle(limitMs: number): Promise<boolean> {
    return this.work.untilNone(limitMs);
  }
}
