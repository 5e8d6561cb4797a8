import type { FastifyRequest } from 'fastify';

/** ForwardedRequest is the part of a request that its proxies have a say in. */
export type ForwardedRequest = Pick<FastifyRequest, 'headers' | 'host' | 'ips' | 'protocol'>;

/** `http` or `https`: how the client reached the outermost proxy that TRUSTED_PROXIES names, or else us. */
export const clientProtocol = (request: ForwardedRequest): 'http' | 'https' =>
  forwarded(request, 'x-forwarded-proto', request.protocol).toLowerCase() === 'https' ? 'https' : 'http';

/** clientHost is the host that the client asked for. */
export const clientHost = (request: ForwardedRequest): string => forwarded(request, 'x-forwarded-host', request.host);

/**
 * Proxies behind one another append to these headers as to X-Forwarded-For, so the entry of the outermost trusted one is as
 * far from the end as its address. Fastify takes the last, which is about the way between two proxies.
 */
function forwarded({ headers, ips }: ForwardedRequest, name: string, byFastify: string): string {
  const text = String(headers[name] ?? '');
  const hops = (ips?.length ?? 1) - 1;
  if (hops === 0 || !text.includes(',')) return byFastify;
  const entries = text.split(',');
  return (entries[Math.max(0, entries.length - hops)] ?? '').trim();
}
