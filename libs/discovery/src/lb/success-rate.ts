/** RequestCounts is what the requests of one interval showed of an instance, or of several together. */
export interface RequestCounts {
  requests: number;
  /** 5xx, broken answers and time-outs. A 4xx is none. */
  failures: number;
}

/** Between two comparisons, as in Envoy (`interval`). */
export const SUCCESS_RATE_INTERVAL_MS = 10_000;
/**
 * Requests in an interval below which nothing is said (Envoy: `success_rate_request_volume`, 100). Fewer here, because
 * power-of-two sends little to an instance that fails, and the bound takes into account how few they are.
 */
const REQUESTS_MIN = 20;
/** Half the width of the bounds, in standard deviations: both have to miss, and of many intervals of many instances. */
const DEVIATIONS = 4;
/** Less is no reason to go without an instance: a fault that all share may begin half a second sooner at one of them. */
const DIFFERENCE_MIN = 0.1;

export const noRequests = (): RequestCounts => ({ requests: 0, failures: 0 });

/** wilsonBounds is the Wilson score interval of a share: right for few requests too, and for a share of 0 or 1. */
export function wilsonBounds({ requests, failures }: RequestCounts): { low: number; high: number } {
  const share = failures / requests;
  const square = DEVIATIONS ** 2 / requests;
  const middle = share + square / 2;
  const half = DEVIATIONS * Math.sqrt((share * (1 - share)) / requests + square / requests / 4);
  return { low: (middle - half) / (1 + square), high: (middle + half) / (1 + square) };
}

/**
 * isOutlier tells whether an instance fails more often than its siblings do together, by more than chance explains: its
 * Wilson interval is above theirs. Envoy's `success_rate` asks for a distance of 1.9 standard deviations from the mean of at
 * least 5 hosts, and of n values none is further from their mean than √(n - 1): of 3 never more than 1.41. A comparison
 * with the pooled siblings works from 2 on. Undefined where there were too few requests to tell.
 */
export function isOutlier(own: RequestCounts, siblings: RequestCounts): boolean | undefined {
  if (own.requests < REQUESTS_MIN || siblings.requests < REQUESTS_MIN) return undefined;
  if (own.failures / own.requests - siblings.failures / siblings.requests < DIFFERENCE_MIN) return false;
  return wilsonBounds(own).low > wilsonBounds(siblings).high;
}

/** isCommon tells whether what an instance fails with is nothing of its own: its siblings fail as well. */
export const isCommon = ({ requests, failures }: RequestCounts): boolean =>
  requests >= REQUESTS_MIN && failures / requests >= DIFFERENCE_MIN;

export const sumOf = (counts: readonly RequestCounts[]): RequestCounts => ({
  requests: counts.reduce((sum, { requests }) => sum + requests, 0),
  failures: counts.reduce((sum, { failures }) => sum + failures, 0),
});
