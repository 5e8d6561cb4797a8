import { StateError } from '../errors.ts';

/** One version, any of a list, or whatever is stored. */
export type VersionSet = number | readonly number[] | 'present';

/** What must hold of the stored value before it is touched; all of it in one step with the change. */
export interface Precondition {
  /** Only over this version, one of these, over anything that is stored, or only where nothing is. */
  readonly ifVersion?: VersionSet | 'absent';
  /** Not over this version, any of these, or over anything that is stored. */
  readonly unlessVersion?: VersionSet;
}

type Named = readonly number[] | 'present' | undefined;

/** A precondition in one form: `absent` is the same as not `present`. */
export interface Asked {
  readonly only: Named;
  readonly never: Named;
}

/** So that no request makes a script walk a long list. */
export const VERSIONS_MAX = 64;

export function requirePrecondition({ ifVersion, unlessVersion }: Precondition): Asked {
  const never = requireVersions(unlessVersion);
  if (ifVersion !== 'absent') return { only: requireVersions(ifVersion), never };
  // Where nothing may be stored, what else may not be is already said.
  return { only: undefined, never: 'present' };
}

function requireVersions(versions: VersionSet | undefined): Named {
  if (versions === undefined || versions === 'present') return versions;
  const list = typeof versions === 'number' ? [versions] : versions;
  if (list.length > VERSIONS_MAX) {
    throw new StateError('invalid_version', `${list.length} versions are named, at most ${VERSIONS_MAX}`);
  }
  const wrong = list.find((version) => !Number.isSafeInteger(version) || version < 1);
  if (wrong === undefined) return list;
  throw new StateError('invalid_version', `a version is a whole number from 1 on, not ${wrong}`);
}

/** @param version 0 where nothing is stored */
export function holds({ only, never }: Asked, version: number): boolean {
  return (only === undefined || names(only, version)) && (never === undefined || !names(never, version));
}

const names = (named: NonNullable<Named>, version: number) =>
  named === 'present' ? version !== 0 : named.includes(version);

/** As the scripts take it: empty without a condition, `*`, or versions between spaces. */
export function spelt(named: Named): string {
  if (named === undefined) return '';
  return named === 'present' ? '*' : ` ${named.join(' ')} `;
}

export function versionConflict(key: string, version: number): StateError {
  const found = version === 0 ? 'absent' : `at version ${version}`;
  return new StateError('version_conflict', `"${key}" is ${found}, which is not what was asked for`);
}
