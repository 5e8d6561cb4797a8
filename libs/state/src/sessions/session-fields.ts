import { isDeepStrictEqual } from 'node:util';
import { StateError } from '../errors.ts';
import type { SessionData, SessionValue } from './sessions.ts';

const FIELDS_MAX = 64;
const NAME_LENGTH_MAX = 64;
const LENGTH_MAX = 16_384;

/** Field name → JSON text, as both stores keep it. */
export type SessionFields = ReadonlyMap<string, string>;

/** Throws StateError `invalid_session_data` for what JSON would lose or what is too much. */
export function encodeFields(data: SessionData): SessionFields {
  const fields = new Map(Object.entries(data).map(([name, value]) => [name, encodeValue(name, value)]));
  let length = 0;
  for (const [name, text] of fields) {
    if (name.length < 1 || name.length > NAME_LENGTH_MAX)
      fail(`the field name "${name.slice(0, 70)}" is not 1 to 64 long`);
    length += name.length + text.length;
  }
  if (fields.size > FIELDS_MAX) fail(`${fields.size} fields, at most ${FIELDS_MAX}`);
  if (length > LENGTH_MAX) fail(`${length} characters, at most ${LENGTH_MAX}`);
  return fields;
}

function encodeValue(name: string, value: SessionValue): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined || !isDeepStrictEqual(JSON.parse(text), value)) fail(`the field "${name}" is not plain JSON`);
  return text;
}

export function decodeFields(fields: Iterable<readonly [string, string]>): SessionData {
  return Object.fromEntries([...fields].map(([name, text]) => [name, JSON.parse(text) as SessionValue]));
}

/** The steps from one set of fields to another. */
export interface FieldChanges {
  readonly removed: readonly string[];
  readonly set: readonly (readonly [string, string])[];
}

export function fieldChanges(before: SessionFields, after: SessionFields): FieldChanges {
  return {
    removed: [...before.keys()].filter((name) => !after.has(name)),
    set: [...after].filter(([name, text]) => before.get(name) !== text),
  };
}

function fail(detail: string): never {
  throw new StateError('invalid_session_data', `session data: ${detail}`);
}
