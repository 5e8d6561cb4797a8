/** messageOf says what was thrown, in at most `maxLength` characters. JavaScript throws any value, and some cannot be read: it never throws. */
export function messageOf(thrown: unknown, maxLength: number): string {
  try {
    const words: unknown = thrown instanceof Error ? thrown.message : thrown;
    if (typeof words === 'string') return words.slice(0, maxLength);
    return ((JSON.stringify(words) as string | undefined) ?? typeof words).slice(0, maxLength);
  } catch {
    return `what was thrown cannot be read (${typeof thrown})`;
  }
}

const WORDS_MAX = 1_000;

/** errorOf is what was thrown where that is an Error that a logger can read, else an Error with the words of what it was. */
export function errorOf(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : new Error(messageOf(thrown, WORDS_MAX));
}

function isReadable(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false;
    // What loggers look at; each may be a getter.
    const texts: unknown[] = [thrown.name, thrown.message, thrown.stack ?? ''];
    return texts.every((text) => typeof text === 'string') && Object.values(thrown).length >= 0;
  } catch {
    return false;
  }
}
