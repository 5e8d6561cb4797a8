import { z } from 'zod';

/** Sixteen digits hold every integer that a double keeps. No sign, no leading zero, no other notation. */
const digitsPattern = /^(?:0|[1-9]\d{0,15})$/;

/** wholeNumberIn reads a text of plain decimal digits; undefined for any other, and above what a double keeps. */
export function wholeNumberIn(text: unknown): number | undefined {
  const value = typeof text === 'string' && digitsPattern.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}

export interface WholeNumberMeta {
  readonly examples?: readonly number[];
}

/**
 * wholeNumber is the schema of a number that comes as text: in a query, or in the environment. `Number()` would also take
 * `+1`, ` 1`, `1e0`, `0x1`, `1.0` and the empty text, which others on the way may read in another way. Its default is given
 * by `prefault`: a document does not tell the one that `default` gives behind a change of type.
 */
export function wholeNumber(min: number, max: number, { examples }: WholeNumberMeta = {}) {
  const error = `is a whole number from ${min} to ${max}, in decimal digits only`;
  const range = z.int({ error }).min(min, { error }).max(max, { error });
  return z.preprocess(
    (value) => wholeNumberIn(value) ?? value,
    examples === undefined ? range : range.meta({ examples }),
  );
}
