import { isUtf8 } from 'node:buffer';
import { ProblemError } from '../problem/problem.ts';

/** Deeper than anything that a route reads; what walks a body may recurse. */
const LEVELS_MAX = 64;
const BYTE_ORDER_MARK = '\uFEFF';
/** Strings, numbers and what stands around them, of a text that is known to be JSON. */
const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]|-?\d[\d.eE+-]*/g;
/** Every decimal of so many digits is kept by a double. */
const DIGITS_KEPT = 15;

/**
 * JSON that a program may act on, because nothing of it was lost in reading: `JSON.parse` keeps the last of two members of
 * one name, rounds numbers, and the text was decoded before. A byte order mark is ignored (RFC 8259 section 8.1).
 * @throws ProblemError 400, which names the member where one is to blame
 */
export function readJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw badBody('is not UTF-8');
  const whole = bytes.toString('utf8');
  const text = whole.startsWith(BYTE_ORDER_MARK) ? whole.slice(1) : whole;
  const value = parse(text);
  refuseLosses(text);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badBody(`is not JSON: ${error instanceof Error ? error.message : ''}`.slice(0, 200).toWellFormed());
  }
}

/** An object or array that is open where the reader stands. */
interface Level {
  /** Names so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Name of the member, or number of the element, that is being read. */
  at: string | number;
  /** Whether the next string is a name. */
  nameNext: boolean;
}

function refuseLosses(text: string): void {
  const levels: Level[] = [];
  const refuse = (message: string): ProblemError => badMember(levels.map(({ at }) => at).join('.'), message);
  for (const [token] of text.matchAll(tokenPattern)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      if (levels.length === LEVELS_MAX) throw badBody(`is more than ${LEVELS_MAX} levels deep`);
      const isObject = token === '{';
      levels.push({ names: isObject ? new Set() : undefined, at: isObject ? '' : 0, nameNext: isObject });
    } else if (token === '}' || token === ']') levels.pop();
    else if (token === ',') {
      if (level?.names) level.nameNext = true;
      else if (level) level.at = Number(level.at) + 1;
    } else if (token.startsWith('"')) {
      const string = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (level?.names && level.nameNext) {
        level.nameNext = false;
        level.at = string.toWellFormed();
        if (string === '__proto__') throw refuse('is no name of a member here');
        if (level.names.has(string)) throw refuse('is there twice');
        level.names.add(string);
      }
      if (!string.isWellFormed()) throw refuse('has half a surrogate pair');
    } else if (!isKept(token)) throw refuse('is a number that a double does not hold as it is written');
  }
}

/** Whether the number comes back as the same decimal number. Minus zero does not: it is written as 0. */
function isKept(token: string): boolean {
  if (token.length <= DIGITS_KEPT && !/[eE]|^-0/.test(token)) return true;
  const value = Number(token);
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  return decimal(token) === decimal(String(value));
}

/** One spelling for each decimal number. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

const badMember = (path: string, message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: `${path || 'body'}: ${message}`.slice(0, 1_000),
    errors: [{ path: path || 'body', message }],
  });

const badBody = (message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'bad_request',
    title: 'The request does not fit',
    detail: `The body ${message}`,
  });
