import { DiscoveryError, reasonOf } from '../errors.ts';
import { agentAsker, nameOf, Refusal, type AgentSettings, type ConsulAnswer, type ConsulRequest } from './agent.ts';

export type { ConsulAnswer, ConsulRequest } from './agent.ts';

export interface ConsulClient {
  /**
   * Rejects with DiscoveryError `catalog_unavailable` when nobody gave an answer, `catalog_refused` for a 4xx that is not
   * accepted, or the signal's reason when it aborts.
   */
  request(request: ConsulRequest): Promise<ConsulAnswer>;
}

export interface ConsulClientOptions extends AgentSettings {
  /** Base URLs, at least one. */
  addresses: readonly string[];
}

/** For what any agent can answer: asks the address that answered last, then the others; one that failed comes last. */
export function createConsulClient({ addresses, ...settings }: ConsulClientOptions): ConsulClient {
  const ask = agentAsker(settings);
  let order = [...addresses];
  return {
    async request(request) {
      const failures: unknown[] = [];
      const candidates = request.address === undefined ? order : [request.address];
      for (const address of candidates) {
        try {
          const answer = await ask(address, request);
          order = [address, ...order.filter((other) => other !== address)];
          return answer;
        } catch (error) {
          if (request.signal?.aborted) throw request.signal.reason;
          const what = nameOf(request);
          if (error instanceof Refusal) {
            throw new DiscoveryError('catalog_refused', `${what}: ${error.message}`, { cause: error });
          }
          order = [...order.filter((other) => other !== address), address];
          failures.push(error);
          if (failures.length === candidates.length) {
            const reasons = failures.map(reasonOf).join('; ');
            throw new DiscoveryError('catalog_unavailable', `${what}: ${reasons}`, { cause: error });
          }
        }
      }
      throw new DiscoveryError('invalid_settings', 'no Consul address given');
    },
  };
}

/**
 * pingConsul is the milliseconds until Consul named its leader: an agent that answers without one can neither take nor
 * give anything new.
 */
export async function pingConsul(client: ConsulClient): Promise<number> {
  const startMs = performance.now();
  const { body } = await client.request({ path: '/v1/status/leader', timeoutMs: 1_000 });
  if (typeof body !== 'string' || body === '') throw new DiscoveryError('catalog_unavailable', 'Consul has no leader');
  return performance.now() - startMs;
}
