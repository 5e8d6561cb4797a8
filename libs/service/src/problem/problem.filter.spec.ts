import type { ArgumentsHost } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { deadlineExceeded } from '../http/deadline.ts';
import type { Logger } from '../logging.ts';
import { ProblemError } from './problem.ts';
import { ProblemFilter } from './problem.filter.ts';

/** Levels of the lines that this error makes, and whether they bring a stack. */
function linesOf(thrown: unknown): [level: string, hasStack: boolean][] {
  const lines: [string, boolean][] = [];
  const line = (level: string) => (fields: object) => void lines.push([level, 'err' in fields]);
  const log = { warn: line('warn'), error: line('error') } as unknown as Logger;
  const reply = {
    raw: {},
    code: () => reply,
    header: () => reply,
    headers: () => reply,
    type: () => reply,
    send: () => reply,
  };
  const http = { getRequest: () => ({ id: 'r', method: 'GET' }), getResponse: () => reply };
  const host = { getType: () => 'http', switchToHttp: () => http } as unknown as ArgumentsHost;
  const filter = new ProblemFilter(log, undefined);
  filter.catch(thrown, host);
  return lines;
}

const spec = { status: 504, code: 'upstream_timeout', title: 't', detail: 'd' };

describe('the lines of a problem', () => {
  it.each([
    ['a time that the client itself made short', deadlineExceeded(), [['warn', false]]],
    ['an answer that was chosen', new ProblemError(spec), [['warn', false]]],
    ['what went wrong', new ProblemError(spec, { cause: new Error('x') }), [['error', true]]],
    ['what nobody knows', new Error('x'), [['error', true]]],
    ['a client’s own fault', new ProblemError({ ...spec, status: 400 }), []],
  ])('of %s', (_what, error, lines) => expect(linesOf(error)).toEqual(lines));
});
