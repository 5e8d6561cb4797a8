import { DEADLINE_HEADER, IDEMPOTENCY_KEY_HEADER } from '@nestfleet/contracts';
import { badHeader } from './entity-tags.ts';
import type { ProblemError } from '../problem/problem.ts';

/** Of two lines of these Node keeps the first in silence, or makes one value of both; a proxy may have read the other. */
const SINGLE = new Set(['host', 'authorization', 'content-type', IDEMPOTENCY_KEY_HEADER, DEADLINE_HEADER]);

/** repeatedHeader is the problem of a header that may come once and came twice, undefined where there is none. */
export function repeatedHeader(rawHeaders: readonly string[]): ProblemError | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return badHeader(name, 'is there more than once');
    seen.add(name);
  }
  return undefined;
}
