const LENGTH_MAX = 1_000;

/**
 * messageOf says what was thrown, in at most 1,000 characters, or `maxLength`. JavaScript throws any value: nothing at all, a text, an object
 * that throws again when it is looked at. An Error is its message.
 */
export function messageOf(thrown: unknown, maxLength: number = LENGTH_MAX): string {
  try {
    return described(thrown).slice(0, maxLength);
  } catch {
    return `what was thrown cannot be read (${typeof thrown})`;
  }
}

function described(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown !== '') return thrown;
  if (thrown instanceof Error) return ofError(thrown);
  if (typeof thrown === 'object' && thrown !== null) {
    const message: unknown = 'message' in thrown ? thrown.message : undefined;
    return typeof message === 'string' && message !== '' ? message : `${json(thrown)} was thrown`;
  }
  if (typeof thrown === 'function') return `the function ${thrown.name} was thrown`;
  return `${thrown === '' ? 'an empty text' : String(thrown)} was thrown`;
}

function ofError(error: Error): string {
  const message: unknown = error.message;
  if (typeof message === 'string' && message !== '') return message;
  // Of a host with several addresses, each of which failed for a reason of its own.
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map((each) => messageOf(each)).join(', ');
  return message === '' || message === undefined ? error.name : `${error.name}: ${json(message)}`;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * errorOf is what was thrown where that is an Error that a logger and a library can read, else an Error with the words of
 * what it was.
 */
export function errorOf(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : new Error(messageOf(thrown));
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
