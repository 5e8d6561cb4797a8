import { HEALTH_PATHS } from '@nestfleet/contracts';
import { differingJson } from './compare.ts';
import type { Container } from './objects.ts';

const READINESS_PERIOD_S = 2;
const READINESS_FAILURES = 3;
/** The first readiness waits for Redis: an outage of so long restarts nobody. */
const STARTUP_S = 600;
/** Liveness waits for so long before it ends a process that is slow because its node is. */
const LIVENESS_S = 60;
const LIVENESS_PERIOD_S = 10;

/**
 * probeFindings compares the three probes of a container, each as a whole. Readiness fails from SIGTERM on, and a load balancer that
 * goes by nodes loses this one with it: the kubelet may believe it only after the drain delay.
 */
export function probeFindings(
  { startupProbe, readinessProbe, livenessProbe }: Container,
  drainDelayMs: number,
): string[] {
  const failures = Math.max(READINESS_FAILURES, Math.floor(drainDelayMs / (READINESS_PERIOD_S * 1_000)) + 1);
  return [
    ...differingJson('the startup probe', startupProbe, probe(HEALTH_PATHS.startup, 1, 3, STARTUP_S)),
    ...differingJson('the readiness probe', readinessProbe, probe(HEALTH_PATHS.ready, READINESS_PERIOD_S, 3, failures)),
    ...differingJson(
      'the liveness probe',
      livenessProbe,
      probe(HEALTH_PATHS.live, LIVENESS_PERIOD_S, 5, LIVENESS_S / LIVENESS_PERIOD_S),
    ),
  ];
}

const probe = (path: string, periodSeconds: number, timeoutSeconds: number, failureThreshold: number): object => ({
  httpGet: { path, port: 'http' },
  periodSeconds,
  timeoutSeconds,
  failureThreshold,
});
