import { DiscoveryError } from '../errors.ts';
import { callInstances, type Attempt, type CallOptions } from './call.ts';
import type { Pick } from './pick.ts';
import type { Upstream } from './upstream.ts';

/**
 * callOne makes one attempt on one listed instance, whatever its health. Not counted as traffic: a message to a named
 * instance says nothing of how it serves others. Rejects as `Upstream.call` does.
 */
export async function callOne<T>(
  upstream: Upstream,
  instanceId: string,
  attempt: Attempt<T>,
  options: Omit<CallOptions, 'attempts'> & { closed: AbortSignal },
): Promise<T> {
  const { closed, ...callOptions } = options;
  const pick = (): Pick | undefined => {
    const instance = upstream.instances().instances.find(({ id }) => id === instanceId);
    return instance && { instance, isProbe: false, observe: () => undefined, release: () => undefined };
  };
  try {
    return await callInstances(
      {
        service: upstream.service,
        pick,
        hasOther: () => false,
        retries: { request: () => undefined, take: () => false, isSpent: () => true },
        random: () => 0,
        first: upstream.ready(),
        fault: () => upstream.instances().error,
        closed,
      },
      attempt,
      { ...callOptions, attempts: 1 },
    );
  } catch (error) {
    if (!(error instanceof DiscoveryError) || error.code !== 'no_instance') throw error;
    throw new DiscoveryError('no_instance', `${upstream.service}: ${instanceId} is not listed`, { cause: error.cause });
  }
}
