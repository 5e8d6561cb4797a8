import { createHash } from 'node:crypto';

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * scopeOf is one text for a key, whose it is and which route it is for: what belongs to it is found by nobody else.
 * @param caller undefined where the key is secret, and its maker's by itself
 */
export const scopeOf = (
  key: string,
  caller: string | undefined,
  { method, route }: { readonly method: string; readonly route: string },
): string => digest([caller ?? null, method, route, key]);

/** fingerprintOf is one text for all that makes a request another one. */
export const fingerprintOf = ({ method, url, body }: { method: string; url: string; body: unknown }): string =>
  digest([method, url, ordered(body ?? null)]);

/** The same for bodies that differ in the order of their fields only. */
function ordered(value: unknown): unknown {
  if (value instanceof Uint8Array) return ['bytes', createHash('sha256').update(value).digest('base64url')];
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, ordered(each)]);
}
