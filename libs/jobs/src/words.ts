import { errorOf, messageOf } from '@nestfleet/contracts';

const CUT = ' … (cut)';
const CUT_BYTES = Buffer.byteLength(CUT);

/** `cutToBytes` is the text, or as much of it as has room, with a note that it was cut. */
export function cutToBytes(text: string, maxBytes: number): string {
  // UTF-8 has at most 3 bytes for what is one unit here.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const room = Buffer.from(text.slice(0, maxBytes)).subarray(0, Math.max(0, maxBytes - CUT_BYTES));
  // A stream leaves out the part of a character at its end.
  return `${new TextDecoder().decode(room, { stream: true })}${CUT}`;
}

/** `wordsOfThrown` says what was thrown, in that many bytes at most. */
export const wordsOfThrown = (thrown: unknown, maxBytes: number): string =>
  cutToBytes(messageOf(thrown, maxBytes + 1), maxBytes);

/** `boundedError` is what was thrown as an Error: itself where its words and its stack have no more bytes, each. */
export function boundedError(thrown: unknown, maxBytes: number): Error {
  const error = errorOf(thrown);
  const { name, stack } = error;
  const message = wordsOfThrown(error, maxBytes);
  const cutStack = stack === undefined ? undefined : cutToBytes(stack, maxBytes);
  if (cutStack === stack && cutToBytes(error.message, maxBytes) === error.message) return error;
  const cut = new Error(message);
  cut.name = name;
  if (cutStack !== undefined) cut.stack = cutStack;
  return cut;
}
