import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../problem/problem.ts';

const refusal = (status: number, code: string, title: string, detail: string): ProblemError =>
  new ProblemError({ status, code, title, detail });
const badHost = (detail: string): ProblemError => refusal(400, 'bad_request', 'The host is not clear', detail);

/** Name or address, and a port; no more of what RFC 3986 allows than names are made of. */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(?::\d{0,5})?$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/**
 * originForm is the path and query of a request target, which may be a whole address (RFC 9112, 3.2.2). Routers take the
 * first slash of an address for its path, also where that is in the query.
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const address = ABSOLUTE_FORM.exec(target);
  if (!address) return target;
  const rest = target.slice(address[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** routedTarget is what the router is given. For `*` it would call no hook, and there is where all but OPTIONS is refused. */
export const routedTarget = ({ url = '/', method }: IncomingMessage): string =>
  url === '*' && method !== 'OPTIONS' ? '/*' : originForm(url);

/**
 * What this hop would have to guess at, or would say on otherwise than it read it, is refused. A request that names no
 * host, which HTTP/1.0 allows, is given one: the replica would else see its own inner address.
 * @param defaultHost for a request that names none
 */
export function refusalOf(request: IncomingMessage, defaultHost: string): ProblemError | undefined {
  const { headers, httpVersionMajor, httpVersionMinor } = request;
  const url = targetOf(request);
  if (httpVersionMajor !== 1)
    return refusal(505, 'http_version_not_supported', 'This version is not spoken here', 'HTTP/1.0 and 1.1 are');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return refusal(501, 'not_implemented', 'This coding is not known here', 'The only transfer coding is chunked');
  // RFC 9112, 6.1: HTTP/1.0 has no codings, so somebody on the way may have taken the body for what is behind it.
  if (coding !== undefined && httpVersionMinor === 0)
    return refusal(400, 'bad_request', 'The request does not fit', 'HTTP/1.0 has no transfer codings');
  // RFC 9112, 3.2: whoever reads on would cut it off, so another address is asked for than was written.
  if (url.includes('#'))
    return refusal(400, 'bad_request', 'The request does not fit', 'Its target has a fragment, which is never sent');
  // Said on as the nearest number that there is, the body would have another end.
  if (Number(headers['content-length'] ?? 0) > Number.MAX_SAFE_INTEGER)
    return refusal(413, 'body_too_large', 'The body is too large', 'No body of this length is taken');
  return hostRefusalOf(request, url, defaultHost);
}

/** As it stood in the request line: the router was given its `routedTarget`. */
const targetOf = ({ url = '/', originalUrl = url }: IncomingMessage & { originalUrl?: string }): string => originalUrl;

function hostRefusalOf(request: IncomingMessage, url: string, defaultHost: string): ProblemError | undefined {
  const { headers, rawHeaders } = request;
  let at = -1;
  for (let name = 0; name < rawHeaders.length; name += 2) {
    if (rawHeaders[name]!.length !== 4 || rawHeaders[name]!.toLowerCase() !== 'host') continue;
    if (at >= 0) return badHost('There is more than one Host header');
    at = name + 1;
  }
  const absolute = url.startsWith('/') ? undefined : ABSOLUTE_FORM.exec(url)?.[1];
  if (absolute === undefined && !url.startsWith('/') && !(url === '*' && request.method === 'OPTIONS'))
    return refusal(400, 'bad_request', 'The request does not fit', 'Its target is no path and no address');
  if (absolute !== undefined && !AUTHORITY.test(absolute)) return badHost('The address in the request line has none');
  if (at < 0 && request.httpVersionMinor > 0) return badHost('There is no Host header');
  if (at < 0 || rawHeaders[at] === '') {
    const host = absolute ?? defaultHost;
    headers.host = host;
    if (at < 0) rawHeaders.push('host', host);
    else rawHeaders[at] = host;
    return undefined;
  }
  const host = rawHeaders[at]!;
  if (!AUTHORITY.test(host)) return badHost('The Host header is no name and no address');
  if (absolute !== undefined && withoutPort(absolute, url) !== withoutPort(host, url))
    return badHost('The request line and the Host header name different ones');
  return undefined;
}

/** In lower case, and without the port that is meant where none is named. */
function withoutPort(authority: string, url: string): string {
  const port = url.toLowerCase().startsWith('https') ? ':443' : ':80';
  const lower = authority.toLowerCase();
  if (lower.endsWith(':')) return lower.slice(0, -1);
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
