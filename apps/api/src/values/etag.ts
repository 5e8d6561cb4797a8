import { ProblemError } from '@nestfleet/service-defaults';
import type { Precondition } from '@nestfleet/state';
import { type EntityTag, entityTags } from '../entity-tags.ts';

export const etagOf = (version: number): string => `"${version}"`;

export const changedMeanwhile = (key: string): ProblemError =>
  new ProblemError({
    status: 412,
    code: 'version_conflict',
    title: 'It has changed meanwhile',
    detail: `"${key}" is not at the version that was asked for`,
  });

/** Undefined where the tag is none of ours, so that nothing stored has it. */
function versionOf(opaque: string): number | undefined {
  const version = /^[1-9]\d{0,15}$/.test(opaque) ? Number(opaque) : undefined;
  return version !== undefined && Number.isSafeInteger(version) ? version : undefined;
}

const versionsOf = (tags: readonly EntityTag[]): number[] => tags.flatMap(({ opaque }) => versionOf(opaque) ?? []);
/** If-Match compares strongly: a weak tag matches nothing (RFC 9110 section 13.1.1). */
const strong = (tags: readonly EntityTag[]): EntityTag[] => tags.filter(({ weak }) => !weak);

/** What `If-Match` and `If-None-Match` ask of a write. */
export function preconditionOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Precondition {
  const only = ifMatch === undefined ? undefined : entityTags('if-match', ifMatch);
  const never = ifNoneMatch === undefined ? undefined : entityTags('if-none-match', ifNoneMatch);
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
