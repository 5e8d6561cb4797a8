import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { notServing } from '../health/readiness.ts';
import type { InstanceIdentity } from '@nestfleet/timing';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { toProblem } from '../problem/problem.ts';
import type { HealthPaths } from './shutdown-options.ts';

/** HealthSettings are what the answers to health checks depend on. */
export interface HealthSettings {
  readonly paths: HealthPaths;
  /** False: the app answers them by itself. */
  readonly isAnswered: boolean;
  readonly drainingStatus: number;
  readonly identityOf: () => InstanceIdentity | undefined;
}

/**
 * answerHealthCheck answers liveness, startup and readiness before the framework sees them: no guard, global prefix or
 * middleware of the app is in their way.
 * @returns whether it was one
 */
export function answerHealthCheck(
  { paths, isAnswered, drainingStatus, identityOf }: HealthSettings,
  lifecycle: Lifecycle,
  path: string,
  response: ServerResponse,
): boolean {
  const { method } = response.req;
  if (!isAnswered || (method !== 'GET' && method !== 'HEAD')) return false;
  if (path === paths.live) send(response, 200);
  else if (path === paths.startup) send(response, lifecycle.hasBeenReady ? 200 : 503, lifecycle);
  else if (path === paths.ready) send(response, statusOf(lifecycle, drainingStatus), lifecycle, identityOf());
  else return false;
  return true;
}

function statusOf({ phase }: Lifecycle, drainingStatus: number): number {
  if (phase === 'serving') return 200;
  return phase === 'starting' ? 503 : drainingStatus;
}

function send(response: ServerResponse, status: number, lifecycle?: Lifecycle, identity?: InstanceIdentity): void {
  const isFine = status === 200 || lifecycle === undefined;
  const problem = isFine ? undefined : { ...notServing(lifecycle), status };
  const who = identity && { service: identity.service, instance_id: identity.instanceId };
  const body = problem === undefined ? { status: 'ok', ...who } : toProblem(problem, randomUUID());
  response.statusCode = status;
  response.setHeader('content-type', problem === undefined ? 'application/json' : 'application/problem+json');
  response.setHeader('cache-control', 'no-store');
  if (problem?.retryAfterS !== undefined) response.setHeader('retry-after', problem.retryAfterS);
  response.end(JSON.stringify(body));
}
