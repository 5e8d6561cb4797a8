import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

/** What is refused because the store is unavailable says when to come again, and leaves the client the cookie that it has. */
export function refusedWell(operations: readonly Operation[]): Finding {
  const refused = operations.filter(({ outcome }) => outcome !== 'ok');
  if (refused.length === 0) return finding('requests are refused well', ['no request was refused']);
  const firstMs = Math.min(...operations.map(({ invokedMs }) => invokedMs));
  const at = ({ kind, invokedMs, reason }: Operation): string =>
    `${kind} at ${Math.round(invokedMs - firstMs)} ms (${reason})`;
  return finding(`each of ${refused.length} refusals is a 503 with Retry-After and without Set-Cookie`, [
    ...refused.filter(({ reason }) => !reason.startsWith('503 ')).map((each) => `${at(each)} is no 503`),
    ...refused.filter(({ retryAfterS }) => !(Number(retryAfterS) >= 1)).map((each) => `${at(each)} has no Retry-After`),
    ...refused.filter(({ setsCookie }) => setsCookie).map((each) => `${at(each)} sets a cookie`),
  ]);
}
