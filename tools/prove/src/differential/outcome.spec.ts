import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from './outcome.ts';

const request = 'GET /x HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nx-b: \xe9\r\n\r\n';
const problemOf = (id: string): string =>
  JSON.stringify({ type: 'urn:x', title: 'x', status: 400, detail: 'x', code: 'bad_request', request_id: id });
const answer = (fields: string, body = ''): string =>
  `HTTP/1.1 400 X\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`;
const problemType = 'content-type: application/problem+json\r\n';

describe('an outcome', () => {
  it.each([
    ['an answer of the replica', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'end', '200'],
    ['a problem', answer(`${problemType}x-request-id: 1\r\n`, problemOf('1')), 'end', '400 bad_request'],
    ['another id', answer(`${problemType}x-request-id: 2\r\n`, problemOf('1')), 'end', '400 bad_request without id'],
    ['no id', answer(problemType, problemOf('1')), 'end', '400 bad_request without id'],
    ['no problem', answer(problemType, '{}'), 'end', '400 no problem'],
    ['a page', answer('content-type: text/html\r\n', '<html>'), 'end', '400 html'],
    ['nothing but a status', answer(''), 'end', '400 bare'],
    ['nothing', '', 'end', 'closed'],
    ['no HTTP', 'ok\x00', 'end', String.raw`not HTTP: ok\x00`],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok', 'end', '200 cut'],
    ['half of chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n', 'end', '200 cut'],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', undefined, '200'],
    ['a body up to the end', 'HTTP/1.1 200 OK\r\n\r\nok', 'end', '200'],
    ['a body up to a reset', 'HTTP/1.1 200 OK\r\n\r\nok', 'reset', '200 cut'],
    ['two answers', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP', 'end', '200 and more'],
    ['an informational one', 'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 204 X\r\n\r\n', 'end', '103, 204'],
  ] as const)('tells of %s', (_what, text, end, expected) => {
    expect(outcomeOf({ id: 'x', request: '', expected: '' }, { text, end }, [])).toBe(expected);
  });

  it('tells what the replica got', () => {
    const said = { text: 'HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n', end: 'end' } as const;
    const each = { id: 'x', request: '', expected: '' };
    expect(outcomeOf(each, said, [request, request])).toBe('200 -> forwarded and forwarded');
    const tells = { request: [':line', 'host', 'x-b', 'x-c'], answer: ['x-a'] };
    expect(outcomeOf({ ...each, tells }, said, [request])).toBe(
      String.raw`200 x-a=1 -> GET /x HTTP/1.1 host=ADDRESS x-b=\xe9`,
    );
    expect(outcomeOf({ ...each, tells: { request: ['*', '=\xe9'] } }, said, [request])).toBe(
      '200 -> host,x-b x-b=\xe9',
    );
  });
});
