import { head, type ProxyCase } from './case.ts';

const get = (...fields: readonly string[]): string => head('GET /api/x HTTP/1.1', 'host: a', ...fields);
const post = (fields: readonly string[], body = '', line = 'POST /api/x HTTP/1.1'): string =>
  head(line, 'host: a', ...fields) + body;
const hosted = (host: string): string => head('GET /api/x HTTP/1.1', `host: ${host}`);
const line = (text: string, host = 'a'): string => head(text, `host: ${host}`);
const UPGRADE = [
  'GET /api/x HTTP/1.1',
  'host: a',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];
const HOST = { request: ['host', 'x-forwarded-host'] } as const;
const LINE = { request: [':line', 'host'] } as const;
const BODY = { request: ['content-length', 'transfer-encoding'] } as const;
/** Of two hosts each hop could take another one. */
const hosts: readonly ProxyCase[] = [
  { id: 'two-hosts', request: get('host: b'), expected: '400 invalid_input' },
  { id: 'same-host-twice', request: get('host: a'), expected: '400 invalid_input' },
  { id: 'host-markup', request: hosted('a"><script>'), expected: '400 bad_request' },
  { id: 'host-user', request: hosted('good@evil'), expected: '400 bad_request' },
  { id: 'host-space', request: hosted('a b'), expected: '400 bad_request' },
  { id: 'host-list', request: hosted('a,b'), expected: '400 bad_request' },
  { id: 'host-path', request: hosted('a/b?c'), expected: '400 bad_request' },
  { id: 'host-bytes', request: hosted('caf\xe9'), expected: '400 bad_request' },
  { id: 'host-port', request: hosted('a:b'), expected: '400 bad_request' },
  {
    id: 'host-ipv6',
    request: hosted('[::1]:80'),
    tells: HOST,
    expected: '200 -> host=[::1]:80 x-forwarded-host=[::1]:80',
  },
  { id: 'host-none', request: head('GET /api/x HTTP/1.1'), expected: '400 bad_request' },
  { id: 'host-empty', request: hosted(''), tells: HOST, expected: '200 -> host=localhost x-forwarded-host=localhost' },
  {
    id: 'host-none-1.0',
    request: head('GET /api/x HTTP/1.0'),
    tells: HOST,
    expected: '200 -> host=localhost x-forwarded-host=localhost',
  },
];

const targets: readonly ProxyCase[] = [
  {
    id: 'absolute-form',
    request: line('GET http://x:81/api/e?q HTTP/1.1', 'x:81'),
    tells: LINE,
    expected: '200 -> GET /e?q HTTP/1.1 host=x:81',
  },
  {
    id: 'absolute-form-port',
    request: line('GET http://X:80/api/e HTTP/1.1', 'x'),
    tells: LINE,
    expected: '200 -> GET /e HTTP/1.1 host=x',
  },
  {
    id: 'absolute-form-query',
    request: line('GET http://api.localhost?a=/api/e HTTP/1.1', 'api.localhost'),
    tells: LINE,
    expected: '200 -> GET /?a=/api/e HTTP/1.1 host=api.localhost',
  },
  {
    id: 'absolute-form-no-host',
    request: head('GET http://other.test/api/x HTTP/1.0'),
    tells: { request: ['host'] },
    expected: '200 -> host=other.test',
  },
  {
    id: 'absolute-form-other-host',
    request: line('GET http://api.localhost/e HTTP/1.1', 'app.localhost'),
    expected: '400 bad_request',
  },
  { id: 'absolute-form-user', request: line('GET http://a@b/api/e HTTP/1.1', 'b'), expected: '400 bad_request' },
  { id: 'absolute-form-no-authority', request: line('GET http:///api/e HTTP/1.1'), expected: '400 bad_request' },
  { id: 'absolute-form-scheme', request: line('GET ftp://a/api/e HTTP/1.1'), expected: '400 bad_request' },
  { id: 'authority-form', request: line('GET a:80 HTTP/1.1', 'a:80'), expected: '400 malformed_http' },
  { id: 'asterisk-form', request: line('GET * HTTP/1.1', 'api.localhost'), expected: '400 bad_request' },
  { id: 'asterisk-options', request: line('OPTIONS * HTTP/1.1', 'api.localhost'), expected: '200 -> forwarded' },
  { id: 'connect', request: line('CONNECT consul:8500 HTTP/1.1', 'consul:8500'), expected: '501 not_implemented' },
  { id: 'fragment', request: line('GET /api/x#y HTTP/1.1'), expected: '400 bad_request' },
  { id: 'path-space', request: line('GET /api/x y HTTP/1.1'), expected: '400 malformed_http' },
  { id: 'path-control', request: line('GET /api/x\x01y HTTP/1.1'), expected: '400 malformed_http' },
  { id: 'path-bytes', request: line('GET /api/caf\xe9 HTTP/1.1'), expected: '400 malformed_http' },
  {
    id: 'path-as-written',
    request: line('GET /api/a%2Fb/a|b^c"{}`\\?q=%20 HTTP/1.1'),
    tells: { request: [':line'] },
    expected: '200 -> GET /a%2Fb/a|b^c"{}`\\?q=%20 HTTP/1.1',
  },
  {
    id: 'path-percent',
    request: line('GET /api/a%zz HTTP/1.1'),
    expected: '400 bad_request',
  },
  {
    id: 'dot-segments',
    request: line('GET /api/../x HTTP/1.1'),
    tells: LINE,
    expected: '200 -> GET /../x HTTP/1.1 host=a',
  },
];

const versions: readonly ProxyCase[] = [
  { id: 'version-0.9', request: 'GET /api/x\r\n\r\n', expected: '505 http_version_not_supported' },
  { id: 'version-1.2', request: line('GET /api/x HTTP/1.2'), expected: '400 malformed_http' },
  { id: 'version-2.0', request: line('GET /api/x HTTP/2.0'), expected: '505 http_version_not_supported' },
  { id: 'version-lower-case', request: line('GET /api/x http/1.1'), expected: '400 malformed_http' },
  {
    id: 'version-of-hop',
    request: line('GET /api/x HTTP/1.0'),
    tells: { request: [':line'] },
    expected: '200 -> GET /x HTTP/1.1',
  },
  { id: 'method-unknown', request: line('FOO /api/x HTTP/1.1'), expected: '400 malformed_http' },
  { id: 'http2-preface', request: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', expected: '400 malformed_http' },
  { id: 'not-http', request: 'NONSENSE\r\n\r\n', expected: '400 malformed_http' },
];

const chunked = 'transfer-encoding: chunked';
const bodies: readonly ProxyCase[] = [
  { id: 'length', request: post(['content-length: 5'], 'hello'), tells: BODY, expected: '200 -> content-length=5' },
  { id: 'chunks', request: post([chunked], '2\r\nhi\r\n0\r\n\r\n'), expected: '200 -> forwarded' },
  {
    id: 'coding-gzip',
    request: post(['transfer-encoding: gzip, chunked'], '0\r\n\r\n'),
    expected: '501 not_implemented',
  },
  {
    id: 'coding-identity',
    request: post(['transfer-encoding: identity, chunked'], '0\r\n\r\n'),
    expected: '501 not_implemented',
  },
  { id: 'coding-twice', request: post([chunked, chunked], '0\r\n\r\n'), expected: '400 malformed_http' },
  {
    id: 'coding-1.0',
    request: post([chunked], '2\r\nhi\r\n0\r\n\r\n', 'POST /api/x HTTP/1.0'),
    expected: '400 bad_request',
  },
  {
    id: 'coding-and-length',
    request: post(['content-length: 5', chunked], '0\r\n\r\n'),
    expected: '400 malformed_http',
  },
  { id: 'chunk-malformed', request: post([chunked], 'zz\r\nhi\r\n0\r\n\r\n'), expected: '400 malformed_http' },
  {
    id: 'chunk-extension',
    request: post([chunked], '2;a=b\r\nhi\r\n0\r\n\r\n'),
    expected: '200 -> forwarded',
  },
  {
    id: 'two-lengths',
    request: post(['content-length: 5', 'content-length: 2'], 'hello'),
    expected: '400 malformed_http',
  },
  {
    id: 'same-length-twice',
    request: post(['content-length: 5', 'content-length: 5'], 'hello'),
    expected: '400 malformed_http',
  },
  { id: 'length-list', request: post(['content-length: 5, 5'], 'hello'), expected: '400 malformed_http' },
  { id: 'length-sign', request: post(['content-length: +5'], 'hello'), expected: '400 malformed_http' },
  { id: 'length-too-large', request: post(['content-length: 9007199254740993']), expected: '413 body_too_large' },
  {
    id: 'upgrade-with-body',
    request: `${[...UPGRADE, 'content-length: 5', '', ''].join('\r\n')}hello`,
    expected: '400 bad_request',
  },
  { id: 'expectation', request: get('expect: the-unexpected'), expected: '417 expectation_failed' },
  {
    id: 'expect-continue',
    request: post(['expect: 100-continue', 'content-length: 5'], 'hello'),
    tells: { request: ['expect', 'content-length'] },
    expected: '100, 200 -> content-length=5',
  },
];

/** Whom a replica could believe; all but the first four are in use somewhere, so none of a client's own arrives. */
const FORWARDING = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-prefix',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-user',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-forwarded-uri',
  'x-forwarded-method',
  'forwarded',
  'x-real-ip',
];
const ANEW = FORWARDING.slice(0, 4);
const TOLD_ANEW = 'x-forwarded-for=127.0.0.1 x-forwarded-proto=http x-forwarded-host=a x-forwarded-prefix=/api';
/** An origin that the edge proxies under test are told of. */
export const ALLOWED_ORIGIN = 'http://app.localhost:8080';

const HOP_BY_HOP = [
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'proxy-authorization',
  'proxy-authenticate',
];

const headers: readonly ProxyCase[] = [
  {
    id: 'headers-of-a-request',
    request: get(),
    tells: { request: ['*'] },
    expected:
      '200 -> connection,host,x-deadline-ms,x-forwarded-for,x-forwarded-host,x-forwarded-prefix,x-forwarded-proto,x-request-id',
  },
  {
    id: 'forwarding-headers',
    request: get(...FORWARDING.map((name) => `${name}: evil`)),
    tells: { request: [...ANEW, '=evil'] },
    expected: `200 -> ${TOLD_ANEW}`,
  },
  {
    id: 'forwarding-headers-named',
    request: head('GET /api/x HTTP/1.1', 'host: a', 'connection: x-forwarded-for, x-forwarded-proto, x-forwarded-host'),
    tells: { request: ANEW },
    expected: `200 -> ${TOLD_ANEW}`,
  },
  {
    id: 'hop-by-hop-headers',
    request: get(...HOP_BY_HOP.map((name) => `${name}: of-the-hop`), 'x-end-to-end: 1'),
    tells: { request: [...HOP_BY_HOP, 'x-end-to-end'] },
    expected: '200 -> x-end-to-end=1',
  },
  {
    id: 'connection-names-headers',
    request: 'GET /api/x HTTP/1.1\r\nhost: a\r\nx-hop: 1\r\nx-kept: 1\r\nconnection: close, X-Hop\r\n\r\n',
    tells: { request: ['x-hop', 'x-kept'] },
    expected: '200 -> x-kept=1',
  },
  {
    id: 'connection-names-length',
    request:
      'POST /api/x HTTP/1.1\r\nhost: n\r\ncontent-length: 5\r\nconnection: close, host, content-length\r\n\r\nhello',
    tells: { request: ['host', 'content-length'] },
    expected: '200 -> host=n content-length=5',
  },
  {
    id: 'connection-names-coding',
    request: `POST /api/x HTTP/1.1\r\nhost: n\r\n${chunked}\r\nconnection: close, transfer-encoding\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
    expected: '200 -> forwarded',
  },
  {
    id: 'header-bytes',
    request: get('x-name: \x80\xff\xe9 "'),
    tells: { request: ['x-name'] },
    expected: String.raw`200 -> x-name=\x80\xff\xe9 "`,
  },
  { id: 'header-control', request: get('x-a: b\x01c'), expected: '400 malformed_http' },
  { id: 'header-nul', request: get('x-a: b\x00c'), expected: '400 malformed_http' },
  { id: 'header-folded', request: get('x-a: b\r\n c'), expected: '400 malformed_http' },
  { id: 'header-space-before-colon', request: get('x-a : b'), expected: '400 malformed_http' },
  { id: 'header-name', request: get('x(a): b'), expected: '400 malformed_http' },
  { id: 'header-without-colon', request: get('xab'), expected: '400 malformed_http' },
  { id: 'line-feeds', request: 'GET /api/x HTTP/1.1\nhost: a\nconnection: close\n\n', expected: '400 malformed_http' },
  { id: 'carriage-return', request: get('x-a: b\rc'), expected: '400 malformed_http' },
  { id: 'empty-line-before', request: `\r\n${get()}`, expected: '200 -> forwarded' },
  { id: 'head-of-15-kib', request: get(`cookie: ${'a'.repeat(15_600)}`), expected: '200 -> forwarded' },
  { id: 'head-of-20-kib', request: get(`cookie: ${'a'.repeat(20_480)}`), expected: '431 headers_too_large' },
  { id: 'head-of-70-kib', request: get(`cookie: ${'a'.repeat(70_000)}`), expected: '431 headers_too_large' },
  {
    id: 'many-headers',
    request: get(...Array.from({ length: 500 }, (_, at) => `x-${at}: 1`)),
    expected: '200 -> forwarded',
  },
  { id: 'long-path', request: line(`GET /api/${'a'.repeat(9_000)} HTTP/1.1`), expected: '200 -> forwarded' },
  {
    id: 'target-of-20-kib',
    request: line(`GET /api/${'a'.repeat(20_480)} HTTP/1.1`),
    expected: '431 headers_too_large',
  },
  {
    id: 'request-id',
    request: get('x-request-id: order-17:a.b_c'),
    tells: { request: ['x-request-id'] },
    expected: '200 -> x-request-id=order-17:a.b_c',
  },
];

const CORS = ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'] as const;
const SAID = `access-control-allow-origin=${ALLOWED_ORIGIN} access-control-allow-credentials=true vary=Origin`;

/** What an edge proxy refuses by itself is to be read by the pages that may call the services. */
const origins: readonly ProxyCase[] = [
  {
    id: 'origin-of-a-refused-request',
    request: head('GET /api/x HTTP/1.1', 'host: a@b', `origin: ${ALLOWED_ORIGIN}`),
    tells: { answer: CORS },
    expected: `400 bad_request ${SAID}`,
  },
  {
    id: 'origin-of-a-failed-request',
    request: get(`origin: ${ALLOWED_ORIGIN}`),
    answer: 'ok',
    ends: true,
    tells: { answer: CORS },
    expected: `502 upstream_failed ${SAID} -> forwarded`,
  },
  {
    id: 'origin-that-is-foreign',
    request: head('GET /api/x HTTP/1.1', 'host: a@b', 'origin: http://evil.example'),
    tells: { answer: CORS },
    expected: '400 bad_request',
  },
  {
    id: 'origin-of-a-replica-answer',
    request: get(`origin: ${ALLOWED_ORIGIN}`),
    answer: 'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nok',
    tells: { answer: CORS },
    expected: '404 -> forwarded',
  },
];

export const requestCases: readonly ProxyCase[] = [
  ...hosts,
  ...targets,
  ...versions,
  ...bodies,
  ...headers,
  ...origins,
];
