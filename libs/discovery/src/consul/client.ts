import { DiscoveryError, reasonOf } from '../errors.ts';

export interface ConsulRequest {
  method?: 'GET' | 'PUT';
  /** From `/v1`, parts already encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Statuses that are an answer besides 2xx. */
  accept?: readonly number[];
  /** For each address that is tried. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface ConsulAnswer {
  status: number;
  /** X-Consul-Index, 0 where it is missing or no number. */
  index: number;
  /** Parsed JSON; undefined for an empty body. */
  body: unknown;
  /** The agent that answered: an index is only good with the same one. */
  address: string;
}

export interface ConsulClient {
  /**
   * Asks the address that answered last, then the others. Rejects with DiscoveryError `catalog_unavailable` when none
   * gave an answer, `catalog_refused` for a 4xx that is not accepted, or the signal's reason when it aborts.
   */
  request(request: ConsulRequest): Promise<ConsulAnswer>;
}

export interface ConsulClientOptions {
  /** Base URLs, at least one. */
  addresses: readonly string[];
  token?: string | undefined;
  /** The global one unless given; it keeps connections alive by itself. */
  fetch?: typeof fetch;
}

/** The agent answered, and it is not worth asking another one. */
class Refusal extends Error {}

export function createConsulClient({ addresses, token, fetch: send = fetch }: ConsulClientOptions): ConsulClient {
  let order = [...addresses];

  async function ask(address: string, request: ConsulRequest): Promise<ConsulAnswer> {
    const { method = 'GET', path, query = {}, body, accept = [], timeoutMs, signal } = request;
    const url = new URL(path, address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await send(url, {
      method,
      headers: token === undefined ? {} : { 'x-consul-token': token },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // Read in any case: an unread body keeps its connection from being used again.
    const text = await response.text();
    if (!response.ok && !accept.includes(response.status)) {
      const reason = `${address} answered ${response.status}: ${text.slice(0, 200)}`;
      throw response.status < 500 ? new Refusal(reason) : new Error(reason);
    }
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const index = Number(response.headers.get('x-consul-index'));
    return {
      status: response.status,
      index: Number.isSafeInteger(index) && index > 0 ? index : 0,
      body: isJson ? (JSON.parse(text) as unknown) : undefined,
      address,
    };
  }

  return {
    async request(request) {
      const failures: unknown[] = [];
      for (const address of order) {
        try {
          const answer = await ask(address, request);
          if (order[0] !== address) order = [address, ...order.filter((other) => other !== address)];
          return answer;
        } catch (error) {
          if (request.signal?.aborted) throw request.signal.reason;
          const what = `consul ${request.method ?? 'GET'} ${request.path}`;
          if (error instanceof Refusal) {
            throw new DiscoveryError('catalog_refused', `${what}: ${error.message}`, { cause: error });
          }
          failures.push(error);
          if (failures.length === order.length) {
            const reasons = failures.map(reasonOf).join('; ');
            throw new DiscoveryError('catalog_unavailable', `${what}: ${reasons}`, { cause: error });
          }
        }
      }
      throw new DiscoveryError('invalid_settings', 'no Consul address given');
    },
  };
}
