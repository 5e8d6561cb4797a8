import type { HealthCheck, Registrar, RegistryEntry } from '../catalog.ts';
import type { ConsulClient } from './client.ts';
import { instancesOf } from './health-entry.ts';

/** An answer of the agent is a matter of milliseconds; leaving must not hang on one that does not come. */
const TIMEOUT_MS = 1_000;

function checkBody(id: string, check: HealthCheck): Record<string, unknown> {
  const common = {
    CheckID: `service:${id}`,
    DeregisterCriticalServiceAfter: `${check.deregisterAfterMs}ms`,
  };
  if (check.kind === 'ttl') return { ...common, Name: 'beats of the service itself', TTL: `${check.ttlMs}ms` };
  return {
    ...common,
    Name: `GET ${new URL(check.url).pathname}`,
    HTTP: check.url,
    Interval: `${check.intervalMs}ms`,
    Timeout: `${check.timeoutMs}ms`,
  };
}

function entryBody(entry: RegistryEntry, health: 'passing' | 'critical'): Record<string, unknown> {
  return {
    ID: entry.id,
    Name: entry.service,
    Address: entry.address,
    Port: entry.port,
    Tags: entry.tags,
    Meta: entry.meta,
    Weights: { Passing: entry.weight, Warning: 1 },
    Check: { ...checkBody(entry.id, entry.check), Status: health },
  };
}

/** Writes to the local agent's own state; the agent carries it to the servers, also after they were away. */
export function consulRegistrar(client: ConsulClient): Registrar {
  const put = (path: string, options: { query?: Record<string, string>; body?: unknown; accept?: number[] } = {}) =>
    client.request({ method: 'PUT', path, timeoutMs: TIMEOUT_MS, ...options });
  return {
    async list(service) {
      const answer = await client.request({
        path: `/v1/agent/health/service/name/${encodeURIComponent(service)}`,
        timeoutMs: TIMEOUT_MS,
        // The status is the worst health of the list: 404 none, 429 warning, 503 critical.
        accept: [404, 429, 503],
      });
      return instancesOf(answer.body ?? []);
    },
    async register(entry, health) {
      // Not with replace-existing-checks: that would also take away the maintenance of an entry that is written again.
      await put('/v1/agent/service/register', { body: entryBody(entry, health) });
    },
    async deregister(id) {
      await put(`/v1/agent/service/deregister/${encodeURIComponent(id)}`, { accept: [404] });
    },
    async maintenance(id, on) {
      await put(`/v1/agent/service/maintenance/${encodeURIComponent(id)}`, {
        query: { enable: String(on), reason: 'leaving' },
      });
    },
    async beat(id) {
      await put(`/v1/agent/check/pass/${encodeURIComponent(`service:${id}`)}`);
    },
  };
}
