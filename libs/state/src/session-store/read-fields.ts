import { hash } from 'node:crypto';
import { messageOf } from '@nestfleet/contracts';
import { jsonText } from '@nestfleet/errors';
import { StateError } from '../errors.ts';
import { decodeFields, textsOf } from '../sessions/session-fields.ts';
import type { SessionData } from '../sessions/sessions.ts';

/** Both session libraries copy what they can enumerate with a string from what a store gave them, and nothing else. */
const READ = '__nestfleet_read';
const ID_LENGTH = 22;

/** Field name → JSON text. */
export type FieldTexts = ReadonlyMap<string, string>;

/** ReadFields is what a session object of a request was read from, or last saved as. It travels in that object. */
export class ReadFields {
  readonly texts: FieldTexts;
  /** Nothing was done since that keeps the session alive any longer. */
  readonly isFresh: boolean;

  constructor(texts: FieldTexts, isFresh: boolean) {
    this.texts = texts;
    this.isFresh = isFresh;
  }

  /** Nothing: so it is neither stored nor sent, and is no change of the session. */
  toJSON(): undefined {
    return undefined;
  }
}

/** The record's id of a session id of the library: the store has no id that a cookie could be made from. 132 bits of its SHA-256. */
export const storedSessionId = (sessionId: string): string =>
  hash('sha256', sessionId, 'base64url').slice(0, ID_LENGTH);

/** The fields as JSON has them: what has `toJSON` is what it says, what is undefined is left out. */
export function fieldTextsOf(session: object): FieldTexts {
  const texts = new Map<string, string>();
  for (const name of Object.keys(session)) {
    const text = textOf(session, name);
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

/**
 * Throws StateError `invalid_session_data` for what JSON would leave out or write as another thing, such as a map, which would be an
 * empty object from the next request on.
 */
export function textOf(session: object, name: string): string | undefined {
  try {
    return jsonText(Reflect.get(session, name));
  } catch (error) {
    throw new StateError('invalid_session_data', `session data: ${name}: ${messageOf(error)}`, { cause: error });
  }
}

/** A session object for the library, which carries what it was read as. */
export function withRead(data: SessionData): object {
  return { ...data, [READ]: new ReadFields(textsOf(data), false) };
}

export function readOf(session: object): ReadFields | undefined {
  const read: unknown = Reflect.get(session, READ);
  return read instanceof ReadFields ? read : undefined;
}

/** The session object stands as these fields from now on. */
export function markSaved(session: object, texts: FieldTexts): void {
  Reflect.set(session, READ, new ReadFields(texts, true));
}

export interface Changes {
  readonly set: SessionData;
  readonly remove: readonly string[];
}

export function changesBetween(before: FieldTexts, after: FieldTexts): Changes {
  return {
    set: decodeFields(new Map([...after].filter(([name, text]) => before.get(name) !== text))),
    remove: [...before.keys()].filter((name) => !after.has(name)),
  };
}

/** Whether the session object has what is not stored; of a new one, anything but its cookie. */
export function hasChanged(session: object): boolean {
  const before: FieldTexts = readOf(session)?.texts ?? new Map<string, string>();
  const after = fieldTextsOf(session);
  return [...new Set([...before.keys(), ...after.keys()])].some(
    (name) => name !== 'cookie' && before.get(name) !== after.get(name),
  );
}
