import { StateError } from '../errors.ts';
import { type FieldChanges, decodeFields, encodeFields, fieldChanges } from './session-fields.ts';
import { CHANGE_ATTEMPTS_MAX, type ChangeOptions, type Session, type SessionData } from './sessions.ts';

export interface Written {
  readonly stored: boolean;
  readonly version: number;
  readonly count: number;
  readonly ttlMs: number;
  readonly endsInMs: number;
}

/** What a change needs of a store. */
export interface ChangeSteps {
  read(): Promise<Session | undefined>;
  /** One atomic step. Without a session undefined; over another version nothing is written and `stored` is false. */
  write(expectedVersion: number, changes: FieldChanges): Promise<Written | undefined>;
}

/** The compare-and-set of every store: read, edit, write over what was read, and again when somebody was faster. */
export async function changeSession(
  steps: ChangeSteps,
  edit: (data: SessionData) => SessionData,
  { ifVersion }: ChangeOptions = {},
): Promise<Session | undefined> {
  const attempts = ifVersion === undefined ? CHANGE_ATTEMPTS_MAX : 1;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const session = await steps.read();
    if (session === undefined) return undefined;
    if (ifVersion !== undefined && ifVersion !== session.version) throw conflict(session.version, ifVersion);
    const before = encodeFields(session.data);
    const after = encodeFields(edit(session.data));
    const written = await steps.write(session.version, fieldChanges(before, after));
    if (written === undefined) return undefined;
    const { stored, ...counts } = written;
    if (stored) return { ...session, data: decodeFields(after), ...counts };
    if (ifVersion !== undefined) throw conflict(counts.version, ifVersion);
  }
  throw new StateError('version_conflict', `the session was changed by others ${CHANGE_ATTEMPTS_MAX} times in a row`);
}

export function conflict(version: number, expected: number): StateError {
  return new StateError('version_conflict', `the session is at version ${version}, not ${expected}`);
}
