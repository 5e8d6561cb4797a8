/** What a replica that leaves has seen of its doors since its 404. Times in milliseconds. */
export interface NoticeFacts {
  readonly elapsedMs: number;
  /** Since the catalog has taken the maintenance; undefined while it has not. */
  readonly sinceToldMs: number | undefined;
  /** A check that is not Consul's own was answered with the 404. */
  readonly doorAsked: boolean;
  /** Since the last request that is no health check. */
  readonly quietMs: number;
}

/** Consul's checks say so. That Consul knows does not mean that a door that checks by itself does. */
const CONSUL_AGENT = /^consul health check/i;

/** Collects what shows, from the 404 on, that the front doors know of it. */
export class LeavingEvidence {
  private readonly nowMs: () => number;
  private beganMs: number | undefined;
  private toldMs: number | undefined;
  private lastRequestMs = 0;
  private doorAsked = false;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  begin(): void {
    this.beganMs = this.nowMs();
    this.lastRequestMs = this.beganMs;
  }

  /** The catalog has taken the maintenance. */
  told(): void {
    this.toldMs ??= this.nowMs();
  }

  /** A request came that is no health check. */
  request(): void {
    this.lastRequestMs = this.nowMs();
  }

  /** A check was answered with the 404. */
  probe(userAgent: string | undefined): void {
    if (this.beganMs !== undefined && !CONSUL_AGENT.test(userAgent ?? '')) this.doorAsked = true;
  }

  facts(): NoticeFacts {
    const nowMs = this.nowMs();
    return {
      elapsedMs: nowMs - (this.beganMs ?? nowMs),
      sinceToldMs: this.toldMs === undefined ? undefined : nowMs - this.toldMs,
      doorAsked: this.doorAsked,
      quietMs: nowMs - this.lastRequestMs,
    };
  }
}
