import { STATUS_CODES } from 'node:http';

/** By name in lower case, one character per byte. */
export type AnswerHeaders = Record<string, string | string[] | undefined>;

/** An answer that cannot be written on as it is, and is refused before anything of it was. */
export class UnfitAnswer extends Error {
  constructor(why: string) {
    super(`an answer that cannot be passed on: ${why}`);
    this.name = 'UnfitAnswer';
  }
}

/** What stands in a status line or a header (RFC 9110, 5.5), one character per byte; the rest is no HTTP. */
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const REPLACEMENT = '\ufffd';

/** @throws UnfitAnswer */
export function checkStatus(status: number): void {
  if (status < 200 || status > 999) throw new UnfitAnswer(`status ${String(status).padStart(3, '0')}`);
}

/**
 * A coding that we do not undo would be taken off with its name, and the coded bytes passed for plain ones.
 * @throws UnfitAnswer
 */
export function checkCoding(coding: string | string[] | undefined): void {
  if (coding === undefined) return;
  if (typeof coding !== 'string' || coding.trim().toLowerCase() !== 'chunked')
    throw new UnfitAnswer(`transfer-encoding ${String(coding)}`);
}

/** @throws UnfitAnswer */
export function checkFieldText(text: string): string {
  if (!FIELD_TEXT.test(text)) throw new UnfitAnswer(`control characters in ${JSON.stringify(text)}`);
  return text;
}

/**
 * The reason phrase with one character per byte. undici reads it as UTF-8, which loses what is none; its bytes are found
 * again before the first header, else the status' own phrase stands for them.
 * @param rawHeaders undici's; they lie within the chunk that was read
 * @throws UnfitAnswer
 */
export function reasonOf(status: number, decoded: string, rawHeaders: unknown): string {
  if (!decoded.includes(REPLACEMENT)) return checkFieldText(Buffer.from(decoded, 'utf8').toString('latin1'));
  const found = lineBefore(Array.isArray(rawHeaders) ? rawHeaders[0] : undefined);
  const reason = /^HTTP\/1\.[01] (\d{3}) (.*)$/s.exec(found.toString('latin1'));
  const isIt = Number(reason?.[1]) === status && Buffer.from(reason?.[2] ?? '', 'latin1').toString('utf8') === decoded;
  return isIt ? checkFieldText(reason?.[2] ?? '') : (STATUS_CODES[status] ?? '');
}

function lineBefore(header: unknown): Buffer {
  if (!Buffer.isBuffer(header)) return Buffer.alloc(0);
  const before = Buffer.from(header.buffer, 0, header.byteOffset);
  const end = before.length - '\r\n'.length;
  return before.subarray(before.lastIndexOf('\n', end - 1) + 1, Math.max(0, end));
}

/** Headers as they came over the wire, by name in lower case; nothing is joined or left out. */
export function headersOf(rawHeaders: readonly string[]): AnswerHeaders {
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
