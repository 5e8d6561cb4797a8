/** Sixteen digits hold every integer that a double keeps. No sign, no leading zero, no other notation. */
const digitsPattern = /^(?:0|[1-9]\d{0,15})$/;

/** wholeNumberIn reads a text of plain decimal digits; undefined for any other, and above what a double keeps. */
export function wholeNumberIn(text: unknown): number | undefined {
  const value = typeof text === 'string' && digitsPattern.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
