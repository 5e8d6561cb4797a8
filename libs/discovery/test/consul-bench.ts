import { consulRegistrar } from '../src/consul/registrar.ts';
import { createConsulClient } from '../src/consul/client.ts';
import type { RegistryEntry } from '../src/catalog.ts';
import type { BenchInstance } from './catalog-conformance.ts';

/**
 * Makes Consul hold exactly these instances of a service. Their checks are of the kind that waits for heartbeats, so a health
 * stays as it is put.
 */
export async function putInConsul(
  address: string,
  service: string,
  instances: readonly BenchInstance[],
): Promise<void> {
  const registrar = consulRegistrar(createConsulClient({ addresses: [address] }));
  const listed = await registrar.list(service);
  for (const { id } of listed) {
    if (!instances.some((instance) => instance.id === id)) await registrar.deregister(id);
  }
  for (const { health, ...instance } of instances) {
    const entry: RegistryEntry = {
      ...instance,
      service,
      slot: 'bench',
      check: { kind: 'ttl', ttlMs: 60_000, heartbeatMs: 20_000, deregisterAfterMs: 60_000 },
    };
    const wasInMaintenance = listed.some(({ id, health: was }) => id === instance.id && was === 'maintenance');
    await registrar.register(entry, health === 'critical' ? 'critical' : 'passing');
    // Consul keeps the state of a check that is written again.
    if (health === 'passing') await registrar.heartbeat(instance.id);
    if (health === 'maintenance' || wasInMaintenance)
      await registrar.maintenance(instance.id, health === 'maintenance');
  }
}
