import type { UpstreamView } from '@nestfleet/contracts';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import type { BaseConfig } from '../config/base-config.ts';
import type { ConfigShape } from '../config/environment.ts';
import type { Identity } from '../identity.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Logger } from '../logging.ts';
import type { DocumentHead, DocumentLink } from '../http/openapi.ts';
import type { Metrics } from '../metrics.ts';
import type { ProblemMapper } from '../problem/problem.ts';

/** Bound ports; null where the service does not serve that one. */
export interface Ports {
  readonly http: number;
  readonly rpc: number | null;
  readonly control: number | null;
  readonly metrics: number | null;
}

export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

/** With `resume` it can be taken back, and then a drain runs it too; without, only leaving does. */
export interface QuietStep extends Step {
  resume?(): Promise<void>;
}

export interface ProbeResult {
  readonly status: 'up' | 'degraded' | 'down';
  readonly detail?: string;
}

/** One row of `/healthz`. A rejection counts as down. A shared dependency that is down only degrades the service. */
export interface HealthProbe {
  readonly name: string;
  check(): Promise<ProbeResult>;
}

/** The service's entry in the catalog, as plain functions: this lib knows no discovery. */
export interface ServiceRegistration {
  /** Called once, after listen and first readiness. Must not wait for the catalog. */
  announce(ports: Ports): void;
  /** On: nobody is to pick this instance any more. */
  maintenance(on: boolean): Promise<void>;
  withdraw(): Promise<void>;
}

/** What one app hands to `runService`. */
export interface Composition {
  readonly module: DynamicModule | Type<unknown>;
  /**
   * Resolves when the service can do its work for the first time. Waits for what time heals; a rejection is a fault that no
   * time heals, and ends the process (`exit-codes.ts`).
   */
  readonly firstReady?: () => Promise<void>;
  readonly probes?: readonly HealthProbe[];
  readonly registration?: ServiceRegistration;
  /** At the start of leaving: stop taking new work that is not HTTP. Must be harmless when it was drained before. */
  readonly quiet?: readonly QuietStep[];
  /** After the requests in flight ended: hand unfinished work back. */
  readonly finish?: readonly Step[];
  /** After deregistration, in order; Redis last. */
  readonly close?: readonly Step[];
  /** Serve @nestjs/microservices TCP on this port (0 takes any free one). */
  readonly rpcPort?: number;
  /** For the control plane: how this process sees the services that it calls. */
  readonly upstreams?: () => readonly UpstreamView[];
  /** For the control plane: work in flight that is not HTTP. */
  readonly workInFlight?: () => number;
  readonly problems?: ProblemMapper;
  /** Documents of other services that `/docs` shows beside its own, by path on this front door. */
  readonly documents?: readonly DocumentLink[];
  /** Before listen: plugins, hooks, CORS. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void>;
  /** Just after listen, before readiness. */
  readonly listening?: (app: NestFastifyApplication) => Promise<void>;
}

export interface ServiceContext<C extends BaseConfig> {
  readonly config: C;
  readonly identity: Identity;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** An app's main file in one value. `S` is the app's whole config shape, the base included. */
export interface ServiceSpec<
  S extends ConfigShape,
  C extends BaseConfig = z.output<z.ZodObject<S>> & BaseConfig,
> extends DocumentHead {
  readonly name: string;
  readonly config: S;
  /** Why settings that are each right do not fit together; the service does not start then. */
  fault?(config: C): string | undefined;
  compose(context: ServiceContext<C>): Composition;
}
