import { DiscoveryError } from '../errors.ts';
import type { ConsulClient } from './client.ts';

/** Milliseconds until Consul named its leader: an agent that answers without one can neither take nor give anything new. */
export async function pingConsul(client: ConsulClient): Promise<number> {
  const startMs = performance.now();
  const { body } = await client.request({ path: '/v1/status/leader', timeoutMs: 1_000 });
  if (typeof body !== 'string' || body === '') throw new DiscoveryError('catalog_unavailable', 'Consul has no leader');
  return performance.now() - startMs;
}
