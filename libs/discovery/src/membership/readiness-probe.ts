import type { Instance } from '../instance.ts';
import type { AskReplica } from '../registration/ask-replica.ts';

/** Probe asks an instance itself whether it is there, ready and the one that is meant. Never rejects. */
export type Probe = (instance: Instance) => Promise<boolean>;

/**
 * `GET /readyz` must answer 200 with the expected service and instance id; `identity` is `service` where the catalog
 * makes its ids up, as DNS does. An instance without an HTTP port cannot answer.
 */
export function readinessProbe(ask: AskReplica, identity: 'instance' | 'service'): Probe {
  return async (instance) => {
    if (instance.port === 0) return false;
    const reply = await ask(instance);
    if (reply?.status !== 200 || reply.service !== instance.service) return false;
    return identity === 'service' || reply.instanceId === instance.id;
  };
}
