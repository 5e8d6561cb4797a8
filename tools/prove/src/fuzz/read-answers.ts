/** One final answer out of the bytes of a connection. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly isWhole: boolean;
}

export interface ReadAnswers {
  readonly answers: readonly Answer[];
  /** The connection is no longer HTTP: what follows the 101. */
  readonly tunnel: string | undefined;
  /** Why the bytes are no answers. */
  readonly fault: string | undefined;
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: [^\0\r\n]*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*)$/;

interface Framed {
  readonly body: string;
  readonly end: number;
  readonly isWhole: boolean;
}

class NoAnswer extends Error {}

/**
 * Reads what a server said, as strictly as HTTP has it.
 * @param methodOf method of the request with this number on the connection
 * @param isOver nothing more comes: without a length the body ends there
 */
export function readAnswers(text: string, methodOf: (at: number) => string | undefined, isOver: boolean): ReadAnswers {
  const answers: Answer[] = [];
  let at = 0;
  try {
    while (at < text.length) {
      const headEnd = text.indexOf('\r\n\r\n', at);
      if (headEnd === -1) {
        checkBeginning(text.slice(at));
        break;
      }
      const { status, headers } = headOf(text.slice(at, headEnd));
      at = headEnd + 4;
      if (status === 101) return { answers, tunnel: text.slice(at), fault: undefined };
      if (status < 200) continue;
      const isBare = methodOf(answers.length) === 'HEAD' || status === 204 || status === 304;
      const framed = isBare ? { body: '', end: at, isWhole: true } : bodyOf(text, at, headers, isOver);
      answers.push({ status, headers, body: framed.body, isWhole: framed.isWhole });
      if (!framed.isWhole) break;
      at = framed.end;
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { answers, tunnel: undefined, fault: `after ${answers.length} answers: ${error.message}` };
  }
  return { answers, tunnel: undefined, fault: undefined };
}

/** Of a head that is not there as a whole. */
function checkBeginning(text: string): void {
  const begin = 'HTTP/1.1 ';
  const length = Math.min(text.length, begin.length);
  if (text.slice(0, length) !== begin.slice(0, length)) throw new NoAnswer(`no answer begins with ${quoted(text)}`);
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 120));

function headOf(text: string): { status: number; headers: Map<string, string> } {
  const [line = '', ...fields] = text.split('\r\n');
  const [, status] = STATUS_LINE.exec(line) ?? [];
  if (status === undefined) throw new NoAnswer(`no status line: ${quoted(line)}`);
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) throw new NoAnswer(`no header: ${quoted(field)}`);
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  return { status: Number(status), headers };
}

function bodyOf(text: string, at: number, headers: ReadonlyMap<string, string>, isOver: boolean): Framed {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (length !== undefined && coding !== undefined) throw new NoAnswer('a length beside a transfer coding');
  if (coding !== undefined) {
    if (coding !== 'chunked') throw new NoAnswer(`the transfer coding ${quoted(coding)}`);
    return chunksOf(text, at);
  }
  if (length === undefined) return { body: text.slice(at), end: text.length, isWhole: isOver };
  if (!/^\d{1,15}$/.test(length)) throw new NoAnswer(`the length ${quoted(length)}`);
  const end = at + Number(length);
  return { body: text.slice(at, end), end, isWhole: end <= text.length };
}

function chunksOf(text: string, from: number): Framed {
  const parts: string[] = [];
  for (let at = from; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return { body: parts.join(''), end: text.length, isWhole: false };
    const line = text.slice(at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/i.test(line)) throw new NoAnswer(`no chunk size: ${quoted(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) {
      if (text.length < at + 2) return { body: parts.join(''), end: text.length, isWhole: false };
      if (text.slice(at, at + 2) !== '\r\n') throw new NoAnswer(`trailers: ${quoted(text.slice(at))}`);
      return { body: parts.join(''), end: at + 2, isWhole: true };
    }
    parts.push(text.slice(at, at + size));
    if (text.length < at + size + 2) return { body: parts.join(''), end: text.length, isWhole: false };
    if (text.slice(at + size, at + size + 2) !== '\r\n')
      throw new NoAnswer(`no end of a chunk: ${quoted(text.slice(at + size))}`);
    at += size + 2;
  }
}
