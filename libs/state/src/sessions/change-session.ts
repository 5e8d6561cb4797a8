import { setTimeout as pause } from 'node:timers/promises';
import { backOffMs } from '@nestfleet/timing';
import { StateError } from '../errors.ts';
import { holds, requirePrecondition } from '../values/precondition.ts';
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

const RETRY = { baseMs: 2, capMs: 32, jitter: 1 };

/**
 * The compare-and-set of every store: read, edit, write over what was read, and again when somebody was faster; after a
 * random time, or two writers in step would leave one of them the slower one for ever.
 */
export async function changeSession(
  steps: ChangeSteps,
  edit: (data: SessionData) => SessionData,
  options: ChangeOptions = {},
): Promise<Session | undefined> {
  const asked = requirePrecondition(options);
  const attempts = Array.isArray(asked.only) ? 1 : CHANGE_ATTEMPTS_MAX;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const session = await steps.read();
    if (session === undefined) return undefined;
    if (!holds(asked, session.version)) throw conflict(session.version);
    const before = encodeFields(session.data);
    const after = encodeFields(edit(session.data));
    const written = await steps.write(session.version, fieldChanges(before, after));
    if (written === undefined) return undefined;
    const { stored, ...counts } = written;
    if (stored) return { ...session, data: decodeFields(after), ...counts };
    if (attempts === 1) throw conflict(counts.version);
    await pause(backOffMs(attempt, RETRY));
  }
  throw new StateError('version_conflict', `the session was changed by others ${CHANGE_ATTEMPTS_MAX} times in a row`);
}

export function conflict(version: number): StateError {
  return new StateError('version_conflict', `the session is at version ${version}, which is not what was asked for`);
}
