import { ProblemError } from '@nestfleet/service-defaults';
import type { Precondition } from '@nestfleet/state';

/** Entity tags that one header may name: the store looks at each. */
const TAGS_MAX = 64;
/** Opaque tags may hold commas, so a list is not what stands between commas (RFC 9110 section 8.8.3). */
const tagPattern = /^[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/;

interface Tag {
  readonly weak: boolean;
  /** Undefined where the tag is none of ours, so that nothing stored has it. */
  readonly version: number | undefined;
}
type Tags = '*' | readonly Tag[];

export const etagOf = (version: number): string => `"${version}"`;

const badHeader = (path: string, message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
  });

export const changedMeanwhile = (key: string): ProblemError =>
  new ProblemError({
    status: 412,
    code: 'version_conflict',
    title: 'It has changed meanwhile',
    detail: `"${key}" is not at the version that was asked for`,
  });

function versionOf(opaque: string): number | undefined {
  const version = /^[1-9]\d{0,15}$/.test(opaque) ? Number(opaque) : undefined;
  return version !== undefined && Number.isSafeInteger(version) ? version : undefined;
}

/** A misspelt condition that was passed over would be a lost update. */
function tagsOf(header: string, text: string): Tags {
  if (text.trim() === '*') return '*';
  const tags: Tag[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    // Empty elements of a list are allowed and mean nothing.
    const empty = /^[ \t]*,/.exec(rest);
    const found = empty ?? tagPattern.exec(rest);
    if (found === null) throw badHeader(header, 'is * or a list of entity tags as a GET answers them, like "3"');
    if (empty === null) tags.push({ weak: found[1] !== undefined, version: versionOf(found[2] ?? '') });
    if (tags.length > TAGS_MAX) throw badHeader(header, `names at most ${TAGS_MAX} entity tags`);
    rest = rest.slice(found[0].length);
  }
  if (tags.length === 0) throw badHeader(header, 'names no entity tag');
  return tags;
}

const versionsOf = (tags: readonly Tag[]): number[] => tags.flatMap(({ version }) => version ?? []);
/** If-Match compares strongly: a weak tag matches nothing (RFC 9110 section 13.1.1). */
const strong = (tags: readonly Tag[]): Tag[] => tags.filter(({ weak }) => !weak);

/** What `If-Match` and `If-None-Match` ask of a write. */
export function preconditionOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Precondition {
  const only = ifMatch === undefined ? undefined : tagsOf('if-match', ifMatch);
  const never = ifNoneMatch === undefined ? undefined : tagsOf('if-none-match', ifNoneMatch);
  return {
    ...(only === undefined ? {} : { ifVersion: only === '*' ? 'present' : versionsOf(strong(only)) }),
    ...(never === undefined ? {} : { unlessVersion: never === '*' ? 'present' : versionsOf(never) }),
  };
}

/** How a read of `version` with these headers ends. */
export function readOutcome(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
  version: number,
): 'shown' | 'not-modified' | 'changed' {
  const { ifVersion, unlessVersion } = preconditionOf(ifMatch, ifNoneMatch);
  const named = (versions: Precondition['ifVersion']): boolean =>
    versions === 'present' || (Array.isArray(versions) && versions.includes(version));
  if (ifVersion !== undefined && !named(ifVersion)) return 'changed';
  return named(unlessVersion) ? 'not-modified' : 'shown';
}
