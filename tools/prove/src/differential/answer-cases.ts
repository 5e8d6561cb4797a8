import { PLAIN_ANSWER } from './byte-replica.ts';
import { head, PLAIN_REQUEST, type ProxyCase } from './case.ts';

interface AnswerCase extends Omit<ProxyCase, 'request' | 'answer' | 'tells'> {
  readonly request?: string;
  readonly answer: string;
  /** Headers of the answer. */
  readonly shows?: readonly string[];
}

/** All of them are forwarded, so that only the client's side is told. */
const seen = ({ request = PLAIN_REQUEST, shows, expected, ...each }: AnswerCase): ProxyCase => ({
  ...each,
  request,
  ...(shows === undefined ? {} : { tells: { answer: shows } }),
  expected: `${expected} -> forwarded`,
});

const answer = (line: string, fields: readonly string[], body = 'ok'): string =>
  `${['HTTP/1.1', line].join(' ')}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`;
const ok = (...fields: readonly string[]): string => answer('200 OK', [...fields, 'content-length: 2']);
const FAILED = '502 upstream_failed';
const CHUNKS = '2\r\nok\r\n0\r\n\r\n';
const LINE = [':line'];

export const answerCases: readonly ProxyCase[] = [
  seen({
    id: 'phrase-bytes',
    answer: answer('200 caf\xe9', ['content-length: 2']),
    shows: LINE,
    expected: String.raw`200 HTTP/1.1 200 caf\xe9`,
  }),
  seen({ id: 'phrase-none', answer: answer('200', ['content-length: 2']), expected: '200' }),
  seen({ id: 'phrase-control', answer: answer('200 a\x01b', ['content-length: 2']), expected: FAILED }),
  seen({ id: 'status-999', answer: answer('999 X', ['content-length: 2']), expected: '999' }),
  seen({ id: 'status-000', answer: answer('000 X', ['content-length: 2']), expected: FAILED }),
  seen({ id: 'status-099', answer: answer('099 X', ['content-length: 2']), expected: FAILED }),
  seen({ id: 'status-20', answer: answer('20 X', ['content-length: 2']), expected: FAILED }),
  seen({
    id: 'answer-header-bytes',
    answer: ok('x-name: \x80\xff\xe9', 'content-disposition: attachment; filename="M\xfcller.pdf"'),
    shows: ['x-name', 'content-disposition'],
    expected: String.raw`200 x-name=\x80\xff\xe9 content-disposition=attachment; filename="M\xfcller.pdf"`,
  }),
  seen({
    id: 'answer-cookies',
    answer: ok('set-cookie: a=1', 'set-cookie: b=2'),
    shows: ['set-cookie'],
    expected: '200 set-cookie=a=1 set-cookie=b=2',
  }),
  seen({ id: 'answer-header-control', answer: ok('x-a: b\x01c'), expected: FAILED }),
  seen({ id: 'answer-header-nul', answer: ok('x-a: b\x00c'), expected: FAILED }),
  seen({ id: 'answer-header-name', answer: ok('x(a): b'), expected: FAILED }),
  seen({ id: 'answer-header-folded', answer: ok('x-a: b\r\n c'), expected: FAILED }),
  seen({ id: 'answer-line-feeds', answer: 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok', expected: FAILED }),
  seen({
    id: 'answer-hop-by-hop-headers',
    answer: ok(
      'connection: x-in',
      'x-in: 1',
      'keep-alive: timeout=3',
      'proxy-authenticate: x',
      'upgrade: h2c',
      'x-kept: 1',
    ),
    shows: ['x-in', 'keep-alive', 'proxy-authenticate', 'upgrade', 'x-kept'],
    expected: '200 x-kept=1',
  }),
  seen({
    id: 'answer-connection-names-length',
    answer: ok('connection: content-length'),
    shows: ['content-length'],
    expected: '200 content-length=2',
  }),
  seen({
    id: 'answer-coding-gzip',
    answer: answer('200 OK', ['transfer-encoding: gzip, chunked'], CHUNKS),
    expected: FAILED,
  }),
  seen({ id: 'answer-coding-identity', answer: answer('200 OK', ['transfer-encoding: identity']), expected: FAILED }),
  seen({
    id: 'answer-coding-and-length',
    answer: answer('200 OK', ['transfer-encoding: chunked', 'content-length: 5'], CHUNKS),
    expected: FAILED,
  }),
  seen({ id: 'answer-two-lengths', answer: ok('content-length: 3'), expected: FAILED }),
  seen({ id: 'answer-same-length-twice', answer: ok('content-length: 2'), expected: FAILED }),
  seen({ id: 'answer-length-sign', answer: answer('200 OK', ['content-length: +2']), expected: FAILED }),
  seen({
    id: 'answer-trailers',
    answer: answer('200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\nx-t: 1\r\n\r\n'),
    expected: '200',
  }),
  seen({
    id: 'answer-of-1.0',
    answer: 'HTTP/1.0 200 OK\r\n\r\nok',
    ends: true,
    shows: LINE,
    expected: '200 HTTP/1.1 200 OK',
  }),
  seen({ id: 'answer-not-http', answer: 'ok', ends: true, expected: FAILED }),
  seen({ id: 'answer-other-protocol', answer: 'HTTQ/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', expected: FAILED }),
  seen({ id: 'answer-none', answer: '', ends: true, expected: FAILED }),
  seen({ id: 'answer-head-cut', answer: 'HTTP/1.1 200 OK\r\ncontent-le', ends: true, expected: FAILED }),
  seen({ id: 'answer-body-cut', answer: answer('200 OK', ['content-length: 5']), ends: true, expected: '200 cut' }),
  seen({
    id: 'answer-chunks-cut',
    answer: answer('200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n'),
    ends: true,
    expected: '200 cut',
  }),
  seen({ id: 'answer-twice', answer: PLAIN_ANSWER + PLAIN_ANSWER, expected: '200' }),
  seen({ id: 'informational-100', answer: `HTTP/1.1 100 Continue\r\n\r\n${PLAIN_ANSWER}`, expected: '200' }),
  seen({
    id: 'informational-103',
    answer: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${PLAIN_ANSWER}`,
    shows: ['link'],
    expected: '103 link=</a>, 200',
  }),
  seen({
    id: 'informational-103-to-1.0',
    request: head('GET /api/x HTTP/1.0', 'host: a'),
    answer: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${PLAIN_ANSWER}`,
    expected: '200',
  }),
  seen({ id: 'switching-to-nothing', answer: 'HTTP/1.1 101 X\r\n\r\n', expected: FAILED }),
  seen({
    id: 'switching-unasked',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    expected: FAILED,
  }),
  seen({
    id: 'no-content-length',
    answer: answer('204 No Content', ['content-length: 5'], ''),
    shows: ['content-length'],
    expected: '204',
  }),
  seen({
    id: 'no-content-coding',
    answer: answer('204 No Content', ['transfer-encoding: chunked'], ''),
    shows: ['transfer-encoding'],
    expected: '204',
  }),
  seen({
    id: 'not-modified-length',
    answer: answer('304 Not Modified', ['content-length: 5'], ''),
    shows: ['content-length'],
    expected: '304 content-length=5',
  }),
  seen({
    id: 'not-modified-coding',
    answer: answer('304 Not Modified', ['transfer-encoding: chunked'], ''),
    shows: ['transfer-encoding'],
    expected: '304',
  }),
  seen({ id: 'answer-head-of-15-kib', answer: ok(`x-a: ${'a'.repeat(15_600)}`), expected: '200' }),
  seen({ id: 'answer-head-of-20-kib', answer: ok(`x-a: ${'a'.repeat(20_480)}`), expected: FAILED }),
  seen({ id: 'answer-head-of-70-kib', answer: ok(`x-a: ${'a'.repeat(70_000)}`), expected: FAILED }),
  seen({
    id: 'answer-many-headers',
    answer: ok(...Array.from({ length: 500 }, (_, at) => `x-${at}: 1`)),
    expected: '200',
  }),
];
