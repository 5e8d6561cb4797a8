import { CodedError, type ErrorKind } from '@nestfleet/errors';
import type { Outcome } from './outcome.ts';

/**
 * DISCOVERY_ERRORS is every code of a DiscoveryError. `status` is the HTTP status that fits when an api answers with it. The README's
 * table is this list.
 */
export const DISCOVERY_ERRORS = {
  catalog_unavailable: {
    status: 503,
    meaning: 'The catalog cannot be reached or has no leader; the last good set stays in use.',
  },
  catalog_refused: {
    status: 500,
    meaning: 'The catalog answered but refused the request (wrong token, invalid entry).',
  },
  invalid_settings: { status: 500, meaning: 'An address, a service definition or another setting is malformed.' },
  no_instance: { status: 503, meaning: 'No instance to send to; `cause` says why where the catalog is at fault.' },
  attempts_exhausted: {
    status: 503,
    meaning:
      'Each attempt failed, and no further one is left, allowed or within the budget; `attempts` keeps the error of every one, in order.',
  },
  outcome_unknown: {
    status: 502,
    meaning:
      'The one attempt that was allowed was or may have been sent, and failed: what it asked for may or may not have been done; `attempts` keeps its error.',
  },
  deadline_exceeded: {
    status: 504,
    meaning: 'The deadline passed first; `attempts` keeps what had failed until then.',
  },
  rpc_port_missing: {
    status: 503,
    meaning:
      'The instance does not name the port (`rpc_port`, `control_port`) in its entry, so it cannot be called over TCP.',
  },
  transport_missing: {
    status: 500,
    meaning: 'Something injects a client, and @nestjs/microservices cannot be loaded; the application does not start.',
  },
  discovery_registered_twice: {
    status: 500,
    meaning: 'The application imports two DiscoveryModules of one name, or two without; give the second one a `name`.',
  },
  closed: { status: 503, meaning: 'The discovery was closed while the call waited.' },
  agent_not_found: { status: 500, meaning: 'The consul program is missing (tests and the local engine only).' },
  agent_failed: {
    status: 500,
    meaning: 'The Consul agent did not start; `message` ends with its last output (tests and the local engine only).',
  },
} as const satisfies Record<string, ErrorKind>;

export type DiscoveryErrorCode = keyof typeof DISCOVERY_ERRORS;

/** AttemptFailure is one failed attempt of a call: which instance, what that showed of it, and its error as thrown. */
export interface AttemptFailure {
  instanceId: string;
  outcome: Outcome;
  error: unknown;
}

export class DiscoveryError extends CodedError<DiscoveryErrorCode> {
  override readonly name = 'DiscoveryError';
  /** In order of time; empty where no attempt was made. */
  readonly attempts: readonly AttemptFailure[];

  constructor(
    code: DiscoveryErrorCode,
    detail: string,
    options: { cause?: unknown; attempts?: readonly AttemptFailure[] } = {},
  ) {
    super(code, DISCOVERY_ERRORS[code], detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.attempts = options.attempts ?? [];
  }
}

/** The message of anything that was thrown, with the code of the system error underneath `fetch failed`. */
export function reasonOf(error: unknown): string {
  try {
    return reasonIn(error);
  } catch {
    return `what was thrown cannot be read (${typeof error})`;
  }
}

function reasonIn(error: unknown): string {
  if (typeof error === 'object' && error !== null && !(error instanceof Error)) return JSON.stringify(error);
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return `${error.message}: ${cause.errors.map(reasonOf).join(', ')}`;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
