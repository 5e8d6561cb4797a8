import { messageOf } from '@nestfleet/contracts';

/**
 * `jsonText` is the value as JSON, undefined for `undefined`. Throws a TypeError in words for what JSON has no way to write,
 * also where `JSON.stringify` would leave it out: functions, symbols, bigints, numbers that are none, cycles.
 */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, writable);
  } catch (error) {
    const text = messageOf(error);
    throw new TypeError(text.startsWith('Converting circular') ? 'it contains itself' : text, { cause: error });
  }
}

function writable(key: string, value: unknown): unknown {
  const what = unwritable(value);
  if (what !== undefined) throw new TypeError(`${key === '' ? 'it' : key} is ${what}`);
  return value;
}

function unwritable(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  return typeof value === 'number' && !Number.isFinite(value) ? `the number ${value}` : undefined;
}
