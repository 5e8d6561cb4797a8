import { ProblemError } from '@nestfleet/service-defaults';

/** Entity tags that one header may name: the store looks at each. */
const TAGS_MAX = 64;
/** Opaque tags may hold commas, so a list is not what stands between commas (RFC 9110 section 8.8.3). */
const tagPattern = /^[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/;

export interface EntityTag {
  readonly weak: boolean;
  /** What stands between the quotes. */
  readonly opaque: string;
}
export type EntityTags = '*' | readonly EntityTag[];

export const badHeader = (path: string, message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
  });

/** `If-Match` or `If-None-Match`, read. A misspelt condition that was passed over would be a lost update. */
export function entityTags(header: string, text: string): EntityTags {
  if (text.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    // Empty elements of a list are allowed and mean nothing.
    const empty = /^[ \t]*,/.exec(rest);
    const found = empty ?? tagPattern.exec(rest);
    if (found === null) throw badHeader(header, 'is * or a list of entity tags as a GET answers them, like "3"');
    if (empty === null) tags.push({ weak: found[1] !== undefined, opaque: found[2] ?? '' });
    if (tags.length > TAGS_MAX) throw badHeader(header, `names at most ${TAGS_MAX} entity tags`);
    rest = rest.slice(found[0].length);
  }
  if (tags.length === 0) throw badHeader(header, 'names no entity tag');
  return tags;
}
