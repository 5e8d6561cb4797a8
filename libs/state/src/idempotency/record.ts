import { createHash } from 'node:crypto';
import type { StoredResponse } from './idempotency.ts';

/** Only who chose the key could make two requests alike, and would be told that the second one was done. */
const DIGEST_BYTES = 9;

/** What is stored of a fingerprint. */
export const digestOf = (fingerprint: string): string =>
  createHash('sha256').update(fingerprint).digest().subarray(0, DIGEST_BYTES).toString('base64url');

/**
 * Headers that most responses have, stored as their place in this list, because a record lives for a day. What is stored names
 * them by it: the list may only grow at its end.
 */
const FREQUENT: readonly (readonly [name: string, value: string])[] = [
  ['content-type', 'application/json; charset=utf-8'],
  ['cache-control', 'no-store'],
  ['content-type', 'application/problem+json; charset=utf-8'],
];

/** One line of JSON, `[status, header, …]` with a header as its place or as name and value, then the body as it is. */
export function encodeResponse({ status, headers, body }: StoredResponse): string {
  const written = Object.entries(headers).flatMap(([name, value]): (string | number)[] => {
    const place = FREQUENT.findIndex(([known, its]) => known === name && its === value);
    return place === -1 ? [name, value] : [place];
  });
  return `${JSON.stringify([status, ...written])}\n${body}`;
}

/** Also what the release before has stored: one object of JSON. */
export function decodeResponse(text: string): StoredResponse {
  if (text.startsWith('{')) return JSON.parse(text) as StoredResponse;
  const end = text.indexOf('\n');
  const [status, ...written] = JSON.parse(text.slice(0, end)) as [number, ...(string | number)[]];
  const headers: Record<string, string> = {};
  const left = written[Symbol.iterator]();
  for (const each of left) {
    const [name, value] = typeof each === 'number' ? (FREQUENT[each] ?? []) : [each, left.next().value];
    if (name !== undefined) headers[name] = String(value);
  }
  return { status, headers, body: text.slice(end + 1) };
}
