import { DiscoveryError } from '@nestfleet/discovery';
import type { ProblemSpec } from '@nestfleet/service';

/** Discovery's coded errors as answers. What is not listed is our own fault and stays a 500. */
export function gatewayProblem(error: unknown): ProblemSpec | undefined {
  if (!(error instanceof DiscoveryError)) return undefined;
  const { message } = error;
  const hasFailed = error.code === 'attempts_exhausted' || error.code === 'outcome_unknown';
  const timedOut = hasFailed && error.attempts.every(({ outcome }) => outcome === 'timeout');
  const code = timedOut ? 'deadline_exceeded' : error.code;
  switch (code) {
    case 'deadline_exceeded':
      return { status: 504, code: 'upstream_timeout', title: 'A replica did not answer in time', detail: message };
    case 'no_instance':
      return { status: 503, code, title: 'No replica is known', detail: message, retryAfterS: 1 };
    case 'attempts_exhausted':
    case 'outcome_unknown':
    case 'rpc_port_missing':
    case 'catalog_unavailable':
    case 'closed':
      return { status: 503, code: 'upstream_failed', title: 'A replica failed', detail: message, retryAfterS: 1 };
    case 'catalog_refused':
    case 'invalid_settings':
    case 'agent_not_found':
    case 'agent_failed':
    case 'discovery_registered_twice':
    case 'transport_missing':
      return undefined;
    default:
      return undefined;
  }
}
