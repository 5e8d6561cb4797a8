import type { ServerResponse } from 'node:http';

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
  private readonly open = new Set<ServerResponse>();
  private readonly idleWaiters = new Set<() => void>();

  get phase(): Phase {
    return this.current;
  }

  /** True for good after the first readiness. */
  get hasBeenReady(): boolean {
    return this.everReady;
  }

  get inFlight(): number {
    return this.open.size;
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
    this.sendAway();
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
    if (this.current === 'drained' || this.leaving) response.shouldKeepAlive = false;
    this.open.add(response);
    response.once('close', () => {
      this.open.delete(response);
      if (this.open.size > 0) return;
      for (const wake of this.idleWaiters) wake();
      this.idleWaiters.clear();
    });
  }

  private sendAway(): void {
    for (const response of this.open) if (!response.headersSent) response.shouldKeepAlive = false;
  }

  /** Resolves true when nothing is in flight, false when `limitMs` passed first. */
  async untilIdle(limitMs: number): Promise<boolean> {
    if (this.open.size === 0) return true;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.idleWaiters.delete(wake);
        resolve(false);
      }, limitMs);
      this.idleWaiters.add(wake);
    });
  }
}
