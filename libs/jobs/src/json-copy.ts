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
