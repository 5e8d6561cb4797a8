import { DiscoveryError, reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { nameOf, Refusal, type AskAgent, type ConsulAnswer, type ConsulRequest } from './agent.ts';
import type { ConsulClient } from './client.ts';

export interface PinnedClient extends ConsulClient {
  /** Asks every other agent, all at once. Agents that do not answer are skipped: never rejects. */
  askOthers(request: ConsulRequest): Promise<void>;
}

export interface PinnedClientOptions {
  /** Base URLs, at least one. */
  addresses: readonly string[];
  ask: AskAgent;
  log: Log;
  /** Milliseconds of a clock that only goes forward. */
  nowMs: () => number;
  /**
   * How long the agent may fail before the next one is taken.
   *
   * @default 3_000
   */
  failOverMs?: number;
}

/**
 * For what belongs to one agent: an entry lives on the agent that took it, and only that one checks it. So every request
 * goes to one agent, and to the next address only after this one gave no answer for a while: moving at each hiccup would
 * leave an entry behind every time. It does not move back by itself. A 5xx is no answer, a refusal is one.
 */
export function createPinnedClient(options: PinnedClientOptions): PinnedClient {
  const { addresses, ask, log, nowMs, failOverMs = 3_000 } = options;
  let pinned = 0;
  let failingSinceMs: number | undefined;

  /** Counts a failure of the pinned agent; true when the pin went on to the next address. */
  function movesOn(address: string, startMs: number, error: unknown): boolean {
    if (address !== addresses[pinned]) return false;
    failingSinceMs ??= startMs;
    if (addresses.length === 1 || nowMs() - failingSinceMs < failOverMs) return false;
    pinned = (pinned + 1) % addresses.length;
    failingSinceMs = undefined;
    log.warn({ from: address, to: addresses[pinned], reason: reasonOf(error) }, 'registers with another Consul agent');
    return true;
  }

  async function request(wanted: ConsulRequest, mayMove = true): Promise<ConsulAnswer> {
    const address = addresses[pinned];
    if (address === undefined) throw new DiscoveryError('invalid_settings', 'no Consul address given');
    const startMs = nowMs();
    try {
      const answer = await ask(address, wanted);
      if (address === addresses[pinned]) failingSinceMs = undefined;
      return answer;
    } catch (error) {
      if (wanted.signal?.aborted) throw wanted.signal.reason;
      const what = `${nameOf(wanted)}: ${reasonOf(error)}`;
      if (error instanceof Refusal) {
        failingSinceMs = undefined;
        throw new DiscoveryError('catalog_refused', what, { cause: error });
      }
      if (movesOn(address, startMs, error) && mayMove) return request(wanted, false);
      throw new DiscoveryError('catalog_unavailable', what, { cause: error });
    }
  }

  return {
    request: (wanted) => request(wanted),
    async askOthers(wanted) {
      const others = addresses.filter((address) => address !== addresses[pinned]);
      await Promise.allSettled(others.map((address) => ask(address, wanted)));
    },
  };
}
