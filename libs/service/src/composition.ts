import type { UpstreamView } from '@nestfleet/contracts';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import type { BaseConfig } from './config/base-config.ts';
import type { ConfigShape } from './config/environment.ts';
import type { DrainStep, HealthProbe, ServiceRegistration, Step } from './hooks.ts';
import type { DocumentHead, DocumentLink } from './http/openapi.ts';
import type { ProblemMapper } from './problem/problem.ts';
import type { ServiceContext } from './service-context.ts';

/** Composition is what one app plugs into `runService`: its Nest module, health probes, registration and lifecycle hooks. */
export interface Composition {
  readonly module: DynamicModule | Type<unknown>;
  /**
   * Resolves when the service can do its work for the first time. Waits for what time heals; a rejection is a fault that no
   * time heals, and ends the process (`exit-codes.ts`).
   * @default ready as soon as it listens
   */
  readonly firstReady?: () => Promise<void>;
  /** @default none: `/healthz` is always up */
  readonly probes?: readonly HealthProbe[];
  /** @default none: the service is in no catalog */
  readonly registration?: ServiceRegistration;
  /** At the start of the shutdown, and those with `resume` at a drain: stop taking new work that is not HTTP. Idempotent. */
  readonly onDrain?: readonly DrainStep[];
  /** After the requests in flight ended: release unfinished work. */
  readonly beforeClose?: readonly Step[];
  /** After deregistration, in order; Redis last. */
  readonly onClose?: readonly Step[];
  /**
   * Port of @nestjs/microservices TCP; 0 takes any free one.
   * @default not served
   */
  readonly rpcPort?: number;
  /** For the control plane: how this process sees the services that it calls. */
  readonly upstreams?: () => readonly UpstreamView[];
  /** For the control plane: work in flight that is not HTTP. */
  readonly workInFlight?: () => number;
  /** @default every error that is no ProblemError is a 500 */
  readonly problems?: ProblemMapper;
  /** Documents of other services that `/docs` shows beside its own, by path on this edge proxy. */
  readonly documents?: readonly DocumentLink[];
  /** Before listen: plugins, hooks, CORS. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void>;
  /** Just after listen, before readiness. */
  readonly onListen?: (app: NestFastifyApplication) => Promise<void>;
}

/** ServiceSpec is an app's main file in one value. `S` is the app's whole config shape, the base included. */
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
