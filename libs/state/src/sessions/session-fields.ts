import { StateError } from '../errors.ts';
import type { SessionData, SessionValue } from './sessions.ts';

const FIELDS_MAX = 64;
const NAME_LENGTH_MAX = 64;
const LENGTH_MAX = 16_384;
const DEPTH_MAX = 32;

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
  if (!isJson(value, DEPTH_MAX)) fail(`the field "${name}" is not plain JSON, at most ${DEPTH_MAX} deep`);
  return JSON.stringify(value);
}

/** What comes back from JSON as it went in. */
function isJson(value: unknown, depthMax: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depthMax === 0) return false;
  if (!Array.isArray(value) && !isPlain(value)) return false;
  return Object.values(value).every((inner) => isJson(inner, depthMax - 1));
}

/** No class but the one that literals have. Not compared with `Object.prototype`: each realm has its own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
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
