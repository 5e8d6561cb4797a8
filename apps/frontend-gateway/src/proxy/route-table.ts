import { QUICKSTART_PATHS } from '@nestfleet/contracts';
import { originForm } from '@nestfleet/service';

/** ApiTarget is where the api sees a request that came through the edge proxy. */
export interface ApiTarget {
  /** Path and query as the api reads them; always begins with `/`. */
  readonly path: string;
  /** What was taken off the front of the path: the api needs it to spell addresses that work outside. */
  readonly prefix: '' | typeof API_PREFIX;
}

export const API_PREFIX = '/api';

/**
 * apiHostTest knows the api's own host name, `api.<domain>` with or without a port; every path there belongs to the api, and any
 * other name (`app.<domain>` too) is the gateway's. Host names compare without case.
 * @param domain in lower case
 */
export function apiHostTest(domain: string): (host: string | undefined) => boolean {
  const apiHost = `api.${domain}`;
  const { length } = apiHost;
  return (host) => {
    // The length is looked at first because this runs for every request.
    if (host === undefined || host.length < length || host.length > length + 6) return false;
    return (host.length === length || host[length] === ':') && host.slice(0, length).toLowerCase() === apiHost;
  };
}

/**
 * apiTargetOf is the api's share of the edge: `/api` and all below it with the prefix taken off, and the demo endpoints.
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

/** wholeTarget: on the api's own host name nothing is taken off. */
export const wholeTarget = (rawUrl: string): ApiTarget => ({ path: originForm(rawUrl), prefix: '' });
