import type { HealthCheck, Registrar, RegistryEntry } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { ConsulAnswer, ConsulRequest } from './agent.ts';
import type { ConsulClient } from './client.ts';
import { instanceOf, instancesOf, type ConsulHealthEntry } from './health-entry.ts';
import { sweepSlot } from './sweep.ts';

/** An answer of the agent is a matter of milliseconds; graceful shutdown must not hang on one that does not come. */
const TIMEOUT_MS = 1_000;

/** The status of a list or an entry is its worst health: 404 none, 429 warning, 503 critical. */
const HEALTH_STATUSES = [404, 429, 503];

const checkIdOf = (id: string): string => `service:${id}`;

function checkBody(id: string, check: HealthCheck): Record<string, unknown> {
  const common = {
    CheckID: checkIdOf(id),
    DeregisterCriticalServiceAfter: `${check.deregisterAfterMs}ms`,
  };
  if (check.kind === 'ttl') return { ...common, Name: 'heartbeat of the service itself', TTL: `${check.ttlMs}ms` };
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

const deregistration = (id: string): ConsulRequest => ({
  method: 'PUT',
  path: `/v1/agent/service/deregister/${encodeURIComponent(id)}`,
  timeoutMs: TIMEOUT_MS,
  accept: [404],
});

/** The agent's own view of one entry; undefined when it does not have it. */
function entryOfAgent({ status, body }: ConsulAnswer): ConsulHealthEntry | undefined {
  if (status === 404) return undefined;
  const entry = body as ConsulHealthEntry | undefined;
  // A proxy before the agent may answer 503 too.
  if (!entry?.Service) throw new DiscoveryError('catalog_unavailable', `Consul answered ${status} without an entry`);
  return entry;
}

/**
 * Writes to the local agent's own state; the agent carries it to the servers, also after they were unreachable. With a client
 * that is pinned to one agent, `askOthers` reaches the ones that may hold older entries.
 */
export function consulRegistrar(
  client: ConsulClient & { askOthers?: (request: ConsulRequest) => Promise<void> },
): Registrar {
  const put = (path: string, options: { query?: Record<string, string>; body?: unknown; accept?: number[] } = {}) =>
    client.request({ method: 'PUT', path, timeoutMs: TIMEOUT_MS, ...options });
  const get = (path: string) => client.request({ path, timeoutMs: TIMEOUT_MS, accept: HEALTH_STATUSES });
  const find = async (id: string) => entryOfAgent(await get(`/v1/agent/health/service/id/${encodeURIComponent(id)}`));
  return {
    async list(service) {
      const answer = await get(`/v1/agent/health/service/name/${encodeURIComponent(service)}`);
      return instancesOf(answer.body ?? []);
    },
    async find(id) {
      const entry = await find(id);
      // An entry without its check passes whatever becomes of the replica, so it is as good as none.
      const isWhole = entry?.Checks?.some(({ CheckID }) => CheckID === checkIdOf(id));
      return entry !== undefined && isWhole ? instanceOf(entry) : undefined;
    },
    async register(entry, health) {
      // Not with replace-existing-checks: that would also take away the maintenance of an entry that is written again.
      await put('/v1/agent/service/register', { body: entryBody(entry, health) });
    },
    async deregister(id) {
      await client.request(deregistration(id));
    },
    async maintenance(id, on) {
      await put(`/v1/agent/service/maintenance/${encodeURIComponent(id)}`, {
        query: { enable: String(on), reason: 'draining' },
      });
    },
    async heartbeat(id) {
      await put(`/v1/agent/check/pass/${encodeURIComponent(checkIdOf(id))}`);
    },
    sweep: (entry, isOrphan) =>
      sweepSlot(
        {
          atAgent: find,
          async listed(pattern) {
            const path = `/v1/health/service/${encodeURIComponent(entry.service)}`;
            const isOurPlace = `Service.Address == ${JSON.stringify(entry.address)} and Service.Port == ${entry.port}`;
            const filter = `Service.ID matches ${JSON.stringify(pattern)} or (${isOurPlace})`;
            const { body } = await client.request({ path, query: { stale: '', filter }, timeoutMs: TIMEOUT_MS });
            return (body ?? []) as ConsulHealthEntry[];
          },
          deregisterHere: (id) => client.request(deregistration(id)),
          deregisterAtOthers: (id) => client.askOthers?.(deregistration(id)),
          async forget(node, id) {
            // Refused where the token may not: the node's own agent, or its end, then removes the entry.
            const body = { Node: node, ServiceID: id };
            const { status } = await put('/v1/catalog/deregister', { body, accept: [403] });
            return status !== 403;
          },
        },
        entry,
        isOrphan,
      ),
  };
}
