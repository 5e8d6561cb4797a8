import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { DiscoveryError } from '../errors.ts';
import { isUnsent, outcomeOf, outcomeOfStatus } from './outcome-of.ts';

const REFUSED_ELSEWHERE = "new TypeError('x', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })";
const ofCall = (syscall: string, code: string): Error => Object.assign(coded(code), { syscall });
const coded = (code: string, cause?: unknown): Error => Object.assign(new Error(code, { cause }), { code });

describe('outcomeOf', () => {
  it.each([
    ['refused', coded('ECONNREFUSED'), 'refused'],
    ['reset', coded('ECONNRESET'), 'refused'],
    ['closed before the answer', coded('UND_ERR_SOCKET'), 'refused'],
    ['a connect that took too long', coded('UND_ERR_CONNECT_TIMEOUT'), 'refused'],
    ['a connect that took too long, over TCP', coded('ERR_SOCKET_CONNECTION_TIMEOUT'), 'refused'],
    ['underneath fetch', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), 'refused'],
    ['both families', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), 'refused'],
    ['underneath fetch, both families', new TypeError('x', { cause: new AggregateError([coded('EPIPE')]) }), 'refused'],
    ['of another realm', runInNewContext(REFUSED_ELSEWHERE), 'refused'],
    ['no head in time', coded('UND_ERR_HEADERS_TIMEOUT'), 'timeout'],
    ['any other', new Error('no'), 'error'],
    ['no error at all', 'no', 'error'],
    ['a fault of the entry', new DiscoveryError('rpc_port_missing', 'none'), 'unknown'],
  ])('%s', (_, error, expected) => {
    expect(outcomeOf(error)).toBe(expected);
  });

  it('ends where a cause is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(outcomeOf(error)).toBe('error');
  });
});

describe('isUnsent', () => {
  it.each([
    ['refused', coded('ECONNREFUSED'), true],
    ['refused, underneath fetch', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), true],
    ['a connect that took too long', coded('UND_ERR_CONNECT_TIMEOUT'), true],
    ['a connect that took too long, over TCP', coded('ERR_SOCKET_CONNECTION_TIMEOUT'), true],
    ['reset: some of it may have been read', coded('ECONNRESET'), false],
    ['a time-out of the system, of a connect or of a connection', coded('ETIMEDOUT'), false],
    ['a time-out of a connect', ofCall('connect', 'ETIMEDOUT'), true],
    ['a time-out of a connect, underneath fetch', new TypeError('x', { cause: ofCall('connect', 'ETIMEDOUT') }), true],
    ['a time-out of a connection', ofCall('read', 'ETIMEDOUT'), false],
    ['a certificate that is past its time', coded('CERT_HAS_EXPIRED'), true],
    ['a certificate of another name', coded('ERR_TLS_CERT_ALTNAME_INVALID'), true],
    ['a certificate of nobody, underneath fetch', coded('x', coded('DEPTH_ZERO_SELF_SIGNED_CERT')), true],
    [
      'an alert of the other side, which may come behind the request',
      coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      false,
    ],
    ['any other', new Error('no'), false],
  ])('%s', (_, error, expected) => expect(isUnsent(error)).toBe(expected));
});

it.each([
  [101, 'ok'],
  [204, 'ok'],
  [304, 'unsuccessful'],
  [404, 'unsuccessful'],
  [429, 'unsuccessful'],
  [500, 'error'],
  [503, 'error'],
])('outcomeOfStatus of %d is %s', (status, expected) => expect(outcomeOfStatus(status)).toBe(expected));
