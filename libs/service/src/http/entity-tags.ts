import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../problem/problem.ts';

/** Entity tags that one header may name: the store looks at each. */
const TAGS_MAX = 64;
/** Opaque tags may hold commas, so a list is not what stands between commas (RFC 9110 section 8.8.3). */
const tagPattern = /^[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/;

/** The text between the quotes of each tag, or any tag at all. */
export type OpaqueTags = '*' | readonly string[];

/** Conditions are the parsed `If-Match` and `If-None-Match`; undefined where the header is not there. */
export interface Conditions {
  /** One of these must be the tag. Weak ones are left out: If-Match compares strongly (RFC 9110 section 13.1.1). */
  readonly only: OpaqueTags | undefined;
  /** None of these may be the tag. */
  readonly never: OpaqueTags | undefined;
}

export const badHeader = (path: string, message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
  });

/**
 * conditionsOf is the one parser of both headers; several lines of one are one list. A misspelt condition that was ignored
 * would be a lost update.
 * @throws ProblemError 400, which names the header
 */
export function conditionsOf(headers: IncomingHttpHeaders): Conditions {
  const only = tagsOf('if-match', headers['if-match']);
  const never = tagsOf('if-none-match', headers['if-none-match']);
  return {
    only: only === '*' ? only : only?.filter(({ isWeak }) => !isWeak).map(({ opaque }) => opaque),
    never: never === '*' ? never : never?.map(({ opaque }) => opaque),
  };
}

/** readOutcome is how a read of what has this tag ends: 412, 304, or with the whole of it. */
export function readOutcome({ only, never }: Conditions, opaque: string): 'changed' | 'not-modified' | 'shown' {
  const isIn = (tags: OpaqueTags): boolean => tags === '*' || tags.includes(opaque);
  if (only !== undefined && !isIn(only)) return 'changed';
  return never !== undefined && isIn(never) ? 'not-modified' : 'shown';
}

interface EntityTag {
  readonly isWeak: boolean;
  readonly opaque: string;
}

function tagsOf(header: string, text: string | undefined): '*' | readonly EntityTag[] | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    // Empty elements of a list are allowed and mean nothing.
    const empty = /^[ \t]*,/.exec(rest);
    const found = empty ?? tagPattern.exec(rest);
    if (found === null) throw badHeader(header, 'is * or a list of entity tags as a GET answers them, like "3"');
    if (empty === null) tags.push({ isWeak: found[1] !== undefined, opaque: found[2] ?? '' });
    if (tags.length > TAGS_MAX) throw badHeader(header, `names at most ${TAGS_MAX} entity tags`);
    rest = rest.slice(found[0].length);
  }
  if (tags.length === 0) throw badHeader(header, 'names no entity tag');
  return tags;
}
