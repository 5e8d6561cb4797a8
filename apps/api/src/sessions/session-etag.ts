import { type Session, StateError } from '@nestfleet/state';
import { badHeader, entityTags } from '../entity-tags.ts';

type Tagged = Pick<Session, 'publicId' | 'version'>;

const opaqueOf = ({ publicId, version }: Tagged): string => `${version}.${publicId}`;

/** Two sessions may be at one version, so the tag says of which: one that was read of a session before fits no other. */
export const sessionEtag = (session: Tagged): string => `"${opaqueOf(session)}"`;

export const otherVersion = (): StateError =>
  new StateError('version_conflict', 'the session is not the one, or not at the version, that was read');

/** The version that a write's `If-Match` asks for of the session with this public id. */
export function expectedVersion(ifMatch: string | undefined, publicId: string): { ifVersion?: number } {
  const tags = ifMatch === undefined ? '*' : entityTags('if-match', ifMatch);
  // Where there is no session the write answers so by itself.
  if (tags === '*') return {};
  const [tag, ...more] = tags;
  if (tag === undefined || more.length > 0) throw badHeader('if-match', 'is * or one entity tag on a session');
  const version = Number(/^[1-9]\d{0,15}(?=\.)/.exec(tag.opaque)?.[0]);
  if (tag.weak || tag.opaque !== opaqueOf({ publicId, version })) throw otherVersion();
  return { ifVersion: version };
}

/** How a read of this session with these headers ends. */
export function readOutcome(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
  session: Tagged,
): 'shown' | 'not-modified' | 'changed' {
  const own = opaqueOf(session);
  const only = ifMatch === undefined ? '*' : entityTags('if-match', ifMatch);
  const known = ifNoneMatch === undefined ? [] : entityTags('if-none-match', ifNoneMatch);
  if (only !== '*' && !only.some(({ weak, opaque }) => !weak && opaque === own)) return 'changed';
  return known === '*' || known.some(({ opaque }) => opaque === own) ? 'not-modified' : 'shown';
}
