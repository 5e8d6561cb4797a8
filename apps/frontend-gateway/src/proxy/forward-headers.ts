import { DEADLINE_HEADER, FORWARDED_PREFIX_HEADER, REQUEST_ID_HEADER } from '@nestfleet/contracts';
import { type AnswerHeaders, checkCoding } from './answer-head.ts';

/** What the gateway knows of a request that the headers alone cannot say. */
export interface ForwardFacts {
  /** The peer's address first, then what trusted peers said before it; never holds an address that nobody trusted told. */
  readonly addresses: readonly string[];
  readonly protocol: string;
  /** Host that the client asked for. */
  readonly host: string;
  readonly requestId: string;
  /** What the gateway took off the path. */
  readonly prefix: string;
  /** Prefix that a trusted proxy before us has taken off. */
  readonly outerPrefix: string;
}

/**
 * Headers of one connection, not of the message (RFC 9110, 7.6.1), and the ones that the next hop's client makes itself.
 * `expect` is among them because Node has already answered 100 to the client; `proxy-authorization` is meant for us.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]);

/** Belong to the message whatever `Connection` calls them: without its length a body has another end, or none. */
const isOfMessage = (name: string): boolean => name === 'content-length' || name === 'host';

/** Told anew by this hop; a client's own words in them are not believed. */
const isForwardingHeader = (name: string): boolean =>
  name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip';

const NONE: ReadonlySet<string> = new Set();

/** A set: with a head of many names a list would be gone through for each of them, which takes the time of everybody. */
const listedInConnection = (value: string | undefined): ReadonlySet<string> =>
  value === undefined || value === 'keep-alive' || value === 'close'
    ? NONE
    : new Set(
        value
          .split(',')
          .map((token) => token.trim().toLowerCase())
          .filter((name) => !isOfMessage(name)),
      );

/**
 * Headers of the request as the api gets them, a flat list of names and values. The client's `Host` passes as it came:
 * the api's links and cookies are for that name, not for a replica's address. The last value is left empty: it is the time
 * left, which each attempt has its own of.
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`
 */
export function requestHeaders(
  rawHeaders: readonly string[],
  connection: string | undefined,
  facts: ForwardFacts,
): string[] {
  const listed = listedInConnection(connection);
  const headers: string[] = [];
  let hasHost = false;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name === 'host') {
      // A second Host is an attack on whoever reads the other one.
      if (hasHost) continue;
      hasHost = true;
    } else if (
      HOP_BY_HOP.has(name) ||
      isForwardingHeader(name) ||
      name === REQUEST_ID_HEADER ||
      name === DEADLINE_HEADER ||
      listed.has(name)
    ) {
      continue;
    }
    headers.push(name, rawHeaders[at + 1]!);
  }
  headers.push('x-forwarded-for', facts.addresses.toReversed().join(', '));
  headers.push('x-forwarded-proto', facts.protocol, 'x-forwarded-host', facts.host);
  const prefix = facts.outerPrefix + facts.prefix;
  if (prefix !== '') headers.push(FORWARDED_PREFIX_HEADER, prefix);
  headers.push(REQUEST_ID_HEADER, facts.requestId, DEADLINE_HEADER, '');
  return headers;
}

/**
 * Headers of the answer as the client gets them; `x-served-by` and all else of the api stays. Changes `headers`.
 * @throws UnfitAnswer
 */
export function answerHeaders(status: number, headers: AnswerHeaders): AnswerHeaders {
  checkCoding(headers['transfer-encoding']);
  const connection = headers['connection'];
  if (connection !== undefined)
    for (const name of listedInConnection(Array.isArray(connection) ? connection.join(',') : connection))
      delete headers[name];
  for (const name of HOP_BY_HOP) if (name in headers) delete headers[name];
  // These have no body, and must not tell a length of it (RFC 9110, 8.6).
  if (status < 200 || status === 204) delete headers['content-length'];
  // Node encodes this header's bytes once more where it has seen a length before it.
  if ('content-disposition' in headers && 'content-length' in headers) {
    const length = headers['content-length'];
    delete headers['content-length'];
    headers['content-length'] = length;
  }
  return headers;
}

/** A prefix from outside is a plain path or nothing: it ends up in links and redirects. */
export const cleanPrefix = (value: string | string[] | undefined): string =>
  typeof value === 'string' && /^(?:\/[A-Za-z0-9._~-]+)+$/.test(value) ? value : '';
