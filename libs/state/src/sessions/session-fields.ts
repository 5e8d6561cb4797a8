import { StateError } from '../errors.ts';
import type { SessionData, SessionValue } from './sessions.ts';

export const FIELDS_MAX = 128;
const NAME_LENGTH_MAX = 64;
/** UTF-8 bytes of all names and JSON texts, which both stores count alike. */
export const BYTES_MAX = 16_384;
const DEPTH_MAX = 32;

/** Field name → JSON text, as both stores keep it. */
export type SessionFields = ReadonlyMap<string, string>;

/** Throws StateError `invalid_session_data` for what JSON would lose or what is too much. */
export function encodeFields(data: SessionData): SessionFields {
  // A Promise has no entries: an async edit would wipe the session.
  if (Object(data) !== data || !isPlain(data)) fail('no plain object');
  const fields = new Map(Object.entries(data).map(([name, value]) => [name, encodeValue(name, value)]));
  for (const name of fields.keys()) requireFieldName(name);
  requireBounds(fields.size, bytesOf(fields));
  return fields;
}

/** Half a surrogate pair would be written as another name than it is read by. */
function requireFieldName(name: string): void {
  if (name.length >= 1 && name.length <= NAME_LENGTH_MAX && name.isWellFormed()) return;
  fail(`the field name "${name.slice(0, 70).toWellFormed()}" is not 1 to 64 whole characters`);
}

export const bytesOf = (fields: SessionFields): number =>
  [...fields].flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);

export function requireBounds(fields: number, bytes: number): void {
  if (fields > FIELDS_MAX) fail(`${fields} fields, at most ${FIELDS_MAX}`);
  if (bytes > BYTES_MAX) fail(`${bytes} bytes, at most ${BYTES_MAX}`);
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

/** What data was decoded from. */
const textsByData = new WeakMap<SessionData, SessionFields>();

export function decodeFields(fields: SessionFields): SessionData {
  const entries: [string, SessionValue][] = [];
  for (const [name, text] of fields) entries.push([name, JSON.parse(text) as SessionValue]);
  const data = Object.fromEntries(entries);
  textsByData.set(data, fields);
  return data;
}

/** textsOf is what data was decoded from, or else what it is encoded as. Of data that nobody has changed since. */
export const textsOf = (data: SessionData): SessionFields => textsByData.get(data) ?? encodeFields(data);

/** The steps from one set of fields to another. */
export interface FieldChanges {
  readonly removed: readonly string[];
  readonly set: readonly (readonly [string, string])[];
}

/** The steps of a write that knows only its own fields: what is set is not removed. */
export function fieldWrites(fields: SessionData, remove: readonly string[]): FieldChanges {
  for (const name of remove) requireFieldName(name);
  const set = encodeFields(fields);
  return { removed: remove.filter((name) => !set.has(name)), set: [...set] };
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
