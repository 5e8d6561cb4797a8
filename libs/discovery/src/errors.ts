import type { Outcome } from './outcome.ts';

/** DISCOVERY_ERRORS is every code of a DiscoveryError, and what it means. The README's table is this list. */
export const DISCOVERY_ERRORS = {
  catalog_unavailable: 'The catalog cannot be reached or has no leader; the last good set stays in use.',
  catalog_refused: 'The catalog answered but refused the request (wrong token, invalid entry).',
  invalid_settings: 'An address, a service definition or another setting is malformed.',
  no_instance: 'No instance to send to; `cause` says why where the catalog is at fault.',
  attempts_exhausted:
    'Each attempt failed, and no further one is left, allowed or within the budget; `attempts` keeps the error of every one, in order.',
  deadline_exceeded: 'The deadline passed first; `attempts` keeps what had failed until then.',
  rpc_port_missing:
    'The instance does not name the port (`rpc_port`, `control_port`) in its entry, so it cannot be called over TCP.',
  closed: 'The discovery was closed while the call waited.',
  agent_not_found: 'The consul program is missing (tests and the local engine only).',
  agent_failed:
    'The Consul agent did not start; `message` ends with its last output (tests and the local engine only).',
} as const;

export type DiscoveryErrorCode = keyof typeof DISCOVERY_ERRORS;

/** AttemptFailure is one failed attempt of a call: which instance, what that showed of it, and its error as thrown. */
export interface AttemptFailure {
  instanceId: string;
  outcome: Outcome;
  error: unknown;
}

export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
  readonly code: DiscoveryErrorCode;
  /** In order of time; empty where no attempt was made. */
  readonly attempts: readonly AttemptFailure[];

  constructor(
    code: DiscoveryErrorCode,
    detail: string,
    options: { cause?: unknown; attempts?: readonly AttemptFailure[] } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
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
