import { QUICKSTART_PATHS } from '@nestfleet/contracts';

/** Where the api sees a request that came through the front door. */
export interface ApiTarget {
  /** Path and query as the api reads them; always begins with `/`. */
  readonly path: string;
  /** What was taken off the front of the path: the api needs it to spell addresses that work outside. */
  readonly prefix: '' | typeof API_PREFIX;
}

export const API_PREFIX = '/api';

/** Every path of this host name belongs to the api; any other name (`app.localhost` too) is the gateway's. */
export const API_HOST = 'api.localhost';

/** True for `api.localhost` with or without a port; host names compare without case. */
export function isApiHost(host: string | undefined): boolean {
  // The length is looked at first because this runs for every request.
  if (host === undefined || host.length < API_HOST.length || host.length > API_HOST.length + 6) return false;
  const name = host.slice(0, API_HOST.length).toLowerCase();
  return name === API_HOST && (host.length === API_HOST.length || host[API_HOST.length] === ':');
}

/** A proxy may be asked with the whole address in the request line (RFC 9112, 3.2.2); only path and query matter here. */
function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  return url.includes('://') && slash > 0 ? url.slice(slash) : '/';
}

/**
 * The api's share of the front door: `/api` and all below it with the prefix taken off, and the quickstart one-liners.
 * Undefined for what the gateway serves itself. Works on the raw request line: decoding `%61pi` here would give the api
 * another path than the one its own router sees.
 */
export function apiTargetOf(rawUrl: string): ApiTarget | undefined {
  const url = originForm(rawUrl);
  if (url.startsWith(API_PREFIX)) {
    const rest = url.slice(API_PREFIX.length);
    if (rest === '') return { path: '/', prefix: API_PREFIX };
    if (rest.startsWith('/')) return { path: rest, prefix: API_PREFIX };
    if (rest.startsWith('?')) return { path: `/${rest}`, prefix: API_PREFIX };
    return undefined;
  }
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return QUICKSTART_PATHS.some((known) => known === path) ? { path: url, prefix: '' } : undefined;
}

/** On the api's own host name nothing is taken off. */
export const wholeTarget = (rawUrl: string): ApiTarget => ({ path: originForm(rawUrl), prefix: '' });
