import type { ServerResponse } from 'node:http';
import { closeAfterAnswers } from './http/owed-answers.ts';
import { type CutWork, InFlight } from './in-flight.ts';
import { LeavingEvidence } from './shutdown/evidence.ts';

/** `drained` can be taken back; `draining` is the way out. */
export type Phase = 'starting' | 'serving' | 'drained' | 'draining' | 'stopped';

/**
 * What this process may be asked for now. `/readyz` and the answers' `Connection` header read it; only boot, the control
 * plane and leaving write it. Counts the HTTP requests in flight, hijacked ones included, because it watches the raw
 * response.
 */
export class Lifecycle {
  private current: Phase = 'starting';
  private everReady = false;
  private done = 0;
  private readonly work: InFlight<ServerResponse>;
  private readonly streams = new AbortController();
  /** What shows that the front doors know of our leaving. */
  readonly evidence: LeavingEvidence;

  constructor(nowMs: () => number = () => performance.now()) {
    this.work = new InFlight(nowMs);
    this.evidence = new LeavingEvidence(nowMs);
  }

  get phase(): Phase {
    return this.current;
  }

  /** True for good after the first readiness. */
  get hasBeenReady(): boolean {
    return this.everReady;
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

  get leaving(): boolean {
    return this.current === 'draining' || this.current === 'stopped';
  }

  ready(): void {
    if (this.current !== 'starting') return;
    this.current = 'serving';
    this.everReady = true;
  }

  /** Out of service but not leaving: `/readyz` says 404 until `undrain`. Does nothing unless serving. */
  drain(): void {
    if (this.current !== 'serving') return;
    this.current = 'drained';
    this.sendAway();
  }

  undrain(): void {
    if (this.current === 'drained') this.current = 'serving';
  }

  /** From now on `/readyz` says 404 and every answer, also those already on their way, tells its client to reconnect. */
  leave(): void {
    if (this.leaving) return;
    this.current = 'draining';
    this.evidence.begin();
    this.sendAway();
  }

  /**
   * Aborted in leaving, once no front door picks this replica any more: an answer without an end (events, a long poll) is
   * to end by itself now, with a hint to come back. Not before: its client would come back to this replica.
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
    if (this.current === 'drained' || this.leaving) closeAfterAnswers(response);
    // Not `once`: it comes once, and a listener that takes itself away costs each request.
    response.on('close', this.work.begin(response, response.req));
  }

  /** Ends the connections of what is in flight; an upgraded one is no longer the server's to close. */
  cut(): void {
    for (const response of this.work.all()) response.socket?.destroy();
  }

  private sendAway(): void {
    for (const response of this.work.all()) closeAfterAnswers(response);
  }

  /** Resolves true when nothing is in flight, false when `limitMs` passed first. */
  untilIdle(limitMs: number): Promise<boolean> {
    return this.work.untilNone(limitMs);
  }
}
