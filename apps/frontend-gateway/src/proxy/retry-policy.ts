import type { RouteRule } from '@nestfleet/contracts';

/** Reach is how far one attempt came before it failed. */
export type Reach =
  /** Not one byte left for the replica: no connection was made. */
  | 'unsent'
  /** Some of the request may have been read, and no byte of an answer was seen. */
  | 'sent'
  /** The replica answered that it is full and has not begun the request, which is a promise (`x-overloaded`). */
  | 'not_begun'
  /** The answer began: the client may hold some of it. */
  | 'answered';

/** RetryStop is why a failed attempt was the last one of its request. */
export type RetryStop =
  /** The request may have been done, and its retry policy does not allow to send it again; or its answer had begun. */
  | 'not_retryable'
  | 'retries_exhausted'
  | 'no_other_host'
  | 'retry_budget_exhausted'
  | 'deadline_exceeded'
  | 'streams_exhausted';

export interface AttemptProgress {
  readonly reach: Reach;
  /** Some of a body that is larger than the buffer was taken from the client, so it cannot be sent again. */
  readonly bodyBegun: boolean;
  readonly method: string;
  /** Path and query as the service sees them. */
  readonly path: string;
  /** As they are sent: names in lower case and values in turn. */
  readonly headers: readonly string[];
}

/** isUnbegun: nothing of the request can have been done. */
export const isUnbegun = (reach: Reach): boolean => reach === 'unsent' || reach === 'not_begun';

/** isRetryable: the request may be sent to another host. What is not idempotent may only while nothing was begun. */
export function isRetryable(attempt: AttemptProgress, routes: readonly RouteRule[]): boolean {
  if (attempt.bodyBegun) return false;
  return isUnbegun(attempt.reach) || (attempt.reach === 'sent' && isIdempotent(attempt, routes));
}

type Ask = Pick<AttemptProgress, 'method' | 'path' | 'headers'>;

/** isIdempotent: a second execution does no harm. A route that is not listed is not idempotent. */
export function isIdempotent({ method, path, headers }: Ask, routes: readonly RouteRule[]): boolean {
  // HEAD never has an effect at a service, on any route; OPTIONS is only CORS asking.
  if (method === 'HEAD' || method === 'OPTIONS') return true;
  const [pathname = ''] = path.split('?', 1);
  const fitting = routes.filter((each) => each.method === method && matches(each.path, pathname));
  // Of `/values/*` and `/values/next` the latter says what it is.
  const { retryPolicy } = fitting.toSorted((a, b) => wildcards(a) - wildcards(b))[0] ?? {};
  if (retryPolicy === 'idempotent-with-if-match') return namesEntityTag(valuesOf(headers, 'if-match'));
  if (retryPolicy === 'idempotent-with-idempotency-key') return isOneKey(valuesOf(headers, 'idempotency-key'));
  return retryPolicy === 'idempotent';
}

const valuesOf = (headers: readonly string[], name: string): string[] =>
  headers.filter((_value, at) => at % 2 === 1 && headers[at - 1] === name);

/** Which of several the replica goes by is not known here. */
const isOneKey = (keys: readonly string[]): boolean => keys.length === 1 && keys[0]!.trim() !== '';

/** `*` holds also of what somebody else wrote in between, an entity tag never again. */
const namesEntityTag = (values: readonly string[]): boolean =>
  values.length > 0 && values.every((value) => /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/.test(value));

const wildcards = ({ path }: RouteRule): number => path.split('*').length;

function matches(pattern: string, pathname: string): boolean {
  const want = pattern.split('/');
  const have = pathname.split('/');
  return want.length === have.length && want.every((part, at) => (part === '*' ? have[at] !== '' : part === have[at]));
}
