import { describe, expect, it } from '@jest/globals';
import { answerHeaders, cleanPrefix, type ForwardFacts, requestHeaders } from './forward-headers.ts';

const facts: ForwardFacts = {
  addresses: ['10.0.0.9'],
  protocol: 'http',
  host: 'shop.example',
  requestId: 'r-1',
  prefix: '/api',
  outerPrefix: '',
};

/** Names map to their values in order, so that a doubled header shows. */
function forwarded(
  raw: Record<string, string | string[]>,
  given: Partial<ForwardFacts> = {},
): Record<string, string[]> {
  const flat = Object.entries(raw).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
  const connection = raw['Connection'];
  const list = requestHeaders(flat, Array.isArray(connection) ? connection.join(',') : connection, {
    ...facts,
    ...given,
  });
  const seen: Record<string, string[]> = {};
  for (let at = 0; at < list.length; at += 2) (seen[list[at]!] ??= []).push(list[at + 1]!);
  return seen;
}

/** The least of several times, which other work on the machine makes no longer, milliseconds. */
function leastMs(work: () => void): number {
  const times = Array.from({ length: 20 }, () => {
    const beganMs = performance.now();
    work();
    return performance.now() - beganMs;
  });
  return Math.min(...times);
}

describe('requestHeaders', () => {
  it('passes what belongs to the message, doubled headers too, and the host as it came', () => {
    const seen = forwarded({ Host: 'shop.example:8080', Accept: '*/*', Cookie: ['a=1', 'b=2'], 'Content-Length': '3' });
    expect(seen).toMatchObject({
      host: ['shop.example:8080'],
      accept: ['*/*'],
      cookie: ['a=1', 'b=2'],
      'content-length': ['3'],
    });
  });

  it('takes off the headers of one hop and those that Connection lists', () => {
    const seen = forwarded({
      Connection: 'X-Secret, keep-alive',
      'X-Secret': '1',
      'Keep-Alive': 'timeout=5',
      TE: 'trailers',
      Trailer: 'x',
      'Transfer-Encoding': 'chunked',
      Upgrade: 'websocket',
      'Proxy-Authorization': 'Basic x',
      'Proxy-Connection': 'keep-alive',
      Expect: '100-continue',
      Accept: '*/*',
    });
    expect(Object.keys(seen).toSorted()).toEqual([
      'accept',
      'x-deadline-ms',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-prefix',
      'x-forwarded-proto',
      'x-request-id',
    ]);
  });

  it('takes about as long for many names and a long Connection as for each alone', () => {
    const names = Array.from({ length: 1_990 }, (_, at) => [at.toString(36), '']).flat();
    const tokens = Array.from({ length: 3_500 }, (_, at) => `x${at.toString(36)}`).join(',');
    const [both, first, second] = [
      leastMs(() => requestHeaders(names, tokens, facts)),
      leastMs(() => requestHeaders(names, 'x', facts)),
      leastMs(() => requestHeaders([], tokens, facts)),
    ];
    expect(both / (first + second)).toBeLessThan(8);
  });

  it('keeps only the first of two Host headers', () => {
    expect(forwarded({ Host: ['a', 'b'] })['host']).toEqual(['a']);
  });

  it('replaces every forwarding header of a client that nobody trusts', () => {
    const seen = forwarded({
      'X-Forwarded-For': '1.1.1.1',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/evil',
      'X-Forwarded-Port': '1',
      'X-Forwarded-User': 'root',
      Forwarded: 'for=1.1.1.1',
      'X-Real-IP': '1.1.1.1',
      'X-Request-Id': 'theirs',
      'X-Deadline-Ms': '1',
    });
    expect(seen).toEqual({
      'x-forwarded-for': ['10.0.0.9'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': ['shop.example'],
      'x-forwarded-prefix': ['/api'],
      'x-request-id': ['r-1'],
      'x-deadline-ms': [''],
    });
  });

  it('appends the peer to what trusted peers said, nearest last', () => {
    const seen = forwarded(
      {},
      { addresses: ['10.0.0.1', '10.0.0.2', '8.8.8.8'], protocol: 'https', outerPrefix: '/shop' },
    );
    expect(seen).toMatchObject({
      'x-forwarded-for': ['8.8.8.8, 10.0.0.2, 10.0.0.1'],
      'x-forwarded-proto': ['https'],
      'x-forwarded-prefix': ['/shop/api'],
    });
  });

  it('names no prefix where none was taken off', () => {
    expect(forwarded({}, { prefix: '' })).not.toHaveProperty('x-forwarded-prefix');
  });
});

describe('answerHeaders', () => {
  it('keeps the answer’s own headers, each cookie on its own, and takes off those of the hop', () => {
    expect(
      answerHeaders(200, {
        'content-type': 'text/plain',
        'set-cookie': ['a=1', 'b=2'],
        'x-served-by': 'api-1',
        connection: 'close, X-Hop',
        'x-hop': '1',
        'keep-alive': 'timeout=95',
        'transfer-encoding': 'chunked',
      }),
    ).toEqual({ 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'], 'x-served-by': 'api-1' });
  });
});

describe('cleanPrefix', () => {
  it.each(['/shop', '/a/b-c_d.e~f'])('takes %s', (prefix) => expect(cleanPrefix(prefix)).toBe(prefix));
  it.each(['shop', '//evil.example', '/a/', '/a?b', '/"><script>', undefined, ['/a']])('refuses %s', (prefix) => {
    expect(cleanPrefix(prefix)).toBe('');
  });
});
