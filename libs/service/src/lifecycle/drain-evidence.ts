/** DrainFacts is what a replica that shuts down has seen of its load balancers since its 404. Times in milliseconds. */
export interface DrainFacts {
  readonly elapsedMs: number;
  /** Since the catalog has confirmed the maintenance; undefined while it has not. */
  readonly sinceMaintenanceMs: number | undefined;
  /** A health check of a load balancer, so neither Consul's own nor a client's, was answered with the 404. */
  readonly hasCheckFailed: boolean;
  /** Since the last request that is no health check of a load balancer. */
  readonly idleMs: number;
}

/** Consul's checks say so. That Consul knows does not mean that a load balancer with checks of its own does. */
const CONSUL_AGENT = /^consul health check/i;

/** DrainEvidence collects, from the 404 on, what shows that the load balancers know of it. */
export class DrainEvidence {
  private readonly nowMs: () => number;
  private beganMs: number | undefined;
  private maintenanceMs: number | undefined;
  private lastRequestMs = 0;
  private hasCheckFailed = false;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  begin(): void {
    this.beganMs = this.nowMs();
    this.lastRequestMs = this.beganMs;
  }

  /** The catalog has confirmed the maintenance. */
  recordMaintenance(): void {
    this.maintenanceMs ??= this.nowMs();
  }

  /** A request came that is no health check of a load balancer; one for a client's own `/readyz` was picked too. */
  recordRequest(): void {
    this.lastRequestMs = this.nowMs();
  }

  /** A health check that nobody forwarded was answered with the 404. */
  recordFailedCheck(userAgent: string | undefined): void {
    if (this.beganMs !== undefined && !CONSUL_AGENT.test(userAgent ?? '')) this.hasCheckFailed = true;
  }

  facts(): DrainFacts {
    const nowMs = this.nowMs();
    return {
      elapsedMs: nowMs - (this.beganMs ?? nowMs),
      sinceMaintenanceMs: this.maintenanceMs === undefined ? undefined : nowMs - this.maintenanceMs,
      hasCheckFailed: this.hasCheckFailed,
      idleMs: nowMs - this.lastRequestMs,
    };
  }
}
