import { types } from 'node:util';

/**
 * `jsonText` is the value as JSON, undefined for `undefined`. Throws a TypeError in words for what JSON has no way to write,
 * also where `JSON.stringify` would leave it out or write another thing: functions, symbols, bigints, numbers and dates that are none,
 * cycles, and what a class keeps outside of its fields (maps, sets, errors, bytes). What writes itself (`toJSON`) is what it says,
 * and what it throws comes through.
 */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, writable);
  } catch (error) {
    const isCycle = error instanceof TypeError && error.message.startsWith('Converting circular');
    throw isCycle ? new TypeError('it contains itself', { cause: error }) : error;
  }
}

function writable(this: unknown, key: string, value: unknown): unknown {
  const what = unwritable(value) ?? (value === null ? unwritableDate(Reflect.get(Object(this), key)) : undefined);
  if (what !== undefined) throw new TypeError(`${key === '' ? 'it' : key} is ${what}`);
  return value;
}

function unwritable(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `the number ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (types.isNumberObject(value)) return unwritable(value.valueOf());
  if (types.isBoxedPrimitive(value) || Array.isArray(value) || isPlain(value)) return undefined;
  const keepsMore = KEEP_MORE.some((is) => is(value));
  return keepsMore || Object.keys(value).length === 0
    ? `of a class that JSON cannot write: ${classOf(value)}`
    : undefined;
}

/** It writes itself as null. */
const unwritableDate = (value: unknown): string | undefined =>
  types.isDate(value) ? 'a date that is none' : undefined;

/** What they are is not in their fields, if they have any; all others that have none keep it in the same way. */
const KEEP_MORE = [
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isRegExp,
  types.isNativeError,
  types.isPromise,
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
];

/** Of another realm too, whose `Object` is another one. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return typeof prototype !== 'object' || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(value: object): string {
  const { constructor }: { readonly constructor?: unknown } = value;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'one without a name';
}
