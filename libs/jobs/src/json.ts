import { types } from 'node:util';
import { messageOf } from '@nestfleet/contracts';

/**
 * `jsonText` is the value as JSON, undefined for `undefined`. Throws a TypeError in words for what JSON has no way to write,
 * also where `JSON.stringify` would leave it out or write another thing: functions, symbols, bigints, numbers and dates that are none,
 * cycles, and what a class keeps outside of its fields (maps, sets, errors, bytes). What writes itself (`toJSON`) is what it says.
 */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, writable);
  } catch (error) {
    const text = messageOf(error);
    throw new TypeError(text.startsWith('Converting circular') ? 'it contains itself' : text, { cause: error });
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

/** Deeper values are left to JSON, which says so where one has no end. */
const DEPTH_MAX = 20;
/** Of one character: an escape. */
const CHARACTER_BYTES = 6;
/** Quotes, a comma, a colon. */
const PUNCTUATION_BYTES = 4;
const NUMBER_BYTES = 25;
const NOT_PLAIN = Symbol('not plain');

export interface JsonCopy {
  readonly copy: unknown;
  /** The text has no more; most texts have far less. */
  readonly bytesAtMost: number;
}

/**
 * `jsonCopy` is the value as JSON gives it back, and a bound of its text. Undefined for all that JSON writes in another way, leaves
 * out or has no way to write: those are for `jsonText`. Costs a part of writing and reading a small value.
 */
export function jsonCopy(value: unknown): JsonCopy | undefined {
  const copying = new Copying();
  const copy = copying.of(value, 0);
  return copy === NOT_PLAIN ? undefined : { copy, bytesAtMost: copying.bytes };
}

class Copying {
  bytes = 0;

  of(value: unknown, depth: number): unknown {
    this.bytes += PUNCTUATION_BYTES;
    switch (typeof value) {
      case 'string':
        this.bytes += value.length * CHARACTER_BYTES;
        return value;
      case 'number':
        this.bytes += NUMBER_BYTES;
        // JSON writes it without its sign.
        return Number.isFinite(value) && !Object.is(value, -0) ? value : NOT_PLAIN;
      case 'boolean':
        this.bytes += PUNCTUATION_BYTES;
        return value;
      case 'object':
        if (value === null) return null;
        if (depth === DEPTH_MAX) return NOT_PLAIN;
        return Array.isArray(value) ? this.list(value, depth + 1) : this.fields(value, depth + 1);
      case 'undefined':
      case 'bigint':
      case 'symbol':
      case 'function':
        break;
    }
    return NOT_PLAIN;
  }

  private list(values: readonly unknown[], depth: number): unknown {
    if (Object.getPrototypeOf(values) !== Array.prototype || 'toJSON' in values) return NOT_PLAIN;
    const copy: unknown[] = [];
    for (let at = 0; at < values.length; at += 1) {
      const each = this.of(values[at], depth);
      if (each === NOT_PLAIN) return NOT_PLAIN;
      copy.push(each);
    }
    return copy;
  }

  private fields(value: object, depth: number): unknown {
    // One of a class may write itself in its own way.
    if (Object.getPrototypeOf(value) !== Object.prototype) return NOT_PLAIN;
    const copy: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) {
      // To assign this one sets the prototype.
      if (key === '__proto__') return NOT_PLAIN;
      this.bytes += PUNCTUATION_BYTES + key.length * CHARACTER_BYTES;
      const each = this.of(field, depth);
      if (each === NOT_PLAIN) return NOT_PLAIN;
      copy[key] = each;
    }
    return copy;
  }
}
