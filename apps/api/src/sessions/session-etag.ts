import { type Session, StateError } from '@nestfleet/state';

type Tagged = Pick<Session, 'publicId' | 'version'>;

/** Two sessions may be at one version, so the tag says of which: one that was read of a session before fits no other. */
export const opaqueOf = ({ publicId, version }: Tagged): string => `${version}.${publicId}`;

export const sessionEtag = (session: Tagged): string => `"${opaqueOf(session)}"`;

/** The version that a tag names of the session with this public id. */
export function versionIn(publicId: string): (opaque: string) => number | undefined {
  return (opaque) => {
    const version = Number(/^[1-9]\d{0,15}(?=\.)/.exec(opaque)?.[0]);
    return Number.isSafeInteger(version) && opaque === opaqueOf({ publicId, version }) ? version : undefined;
  };
}

export const otherVersion = (): StateError =>
  new StateError('version_conflict', 'the session is not the one, or not at the version, that was read');
