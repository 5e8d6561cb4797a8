import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ProblemSpec } from '../problem/problem.ts';

/** notServing is the answer of a readiness check of a replica that is not to be sent requests. */
export function notServing({ phase }: Pick<Lifecycle, 'phase'>): ProblemSpec {
  if (phase === 'starting')
    return {
      status: 503,
      code: 'starting',
      title: 'Not ready yet',
      detail: 'Waits for what it needs before its first request',
      retryAfterS: 1,
    };
  const drained = phase === 'drained';
  return {
    status: 404,
    code: drained ? 'drained' : 'draining',
    title: drained ? 'This replica was taken out of service' : 'This replica is shutting down',
    detail: 'It takes no new work',
  };
}
