/** Ports that are bound; null where the service does not serve that one. */
export interface Ports {
  readonly http: number;
  readonly rpc: number | null;
  readonly control: number | null;
  readonly metrics: number | null;
}

/** Step is one named part of the graceful shutdown; the log has a line for each. */
export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * DrainStep stops new work. With `resume` it can be taken back, and a drain runs it too; without, only the shutdown does.
 */
export interface DrainStep extends Step {
  resume?(): Promise<void>;
}

/** ProbeResult is the state of one dependency, with a detail for people. */
export interface ProbeResult {
  readonly status: 'up' | 'degraded' | 'down';
  readonly detail?: string;
}

/**
 * HealthProbe is one row of `/healthz`. A rejection counts as down. A shared dependency that is down only degrades the
 * service.
 */
export interface HealthProbe {
  readonly name: string;
  check(): Promise<ProbeResult>;
}

/** ServiceRegistration is the service's entry in the catalog, as plain functions: this lib knows no discovery. */
export interface ServiceRegistration {
  /** Called once, after listen and first readiness. Must not wait for the catalog. */
  announce(ports: Ports): void;
  /** On: load balancers are not to pick this instance any more. */
  maintenance(on: boolean): Promise<void>;
  withdraw(): Promise<void>;
}
