import { deadlineSignal } from '@nestfleet/timing';
import { wholeNumberIn } from '../whole-number.ts';
import { agentSend, type Send } from './agent-send.ts';

export interface ConsulRequest {
  method?: 'GET' | 'PUT';
  /** From `/v1`, parts already encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Statuses that are an answer besides 2xx. */
  accept?: readonly number[];
  /**
   * The one address that may be asked.
   *
   * @default any
   */
  address?: string;
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

/** Asks the agent at one address. Rejects with a Refusal for a 4xx that is not accepted, else with what went wrong. */
export type AskAgent = (address: string, request: ConsulRequest) => Promise<ConsulAnswer>;

/** The agent answered, and it is not worth asking another one. */
export class Refusal extends Error {}

export interface AgentSettings {
  /** Asked for with every request where it is a function. */
  token?: string | (() => string) | undefined;
  /** Added to every query; without it an agent answers for its own datacenter. */
  datacenter?: string | undefined;
  /** @default a new `agentSend` */
  fetch?: Send;
}

export function agentAsker({ token, datacenter, fetch: send = agentSend() }: AgentSettings): AskAgent {
  const headersNow = (): Record<string, string> =>
    token === undefined ? {} : { 'x-consul-token': typeof token === 'string' ? token : token() };
  return async (address, { method = 'GET', path, query = {}, body, accept = [], timeoutMs, signal }) => {
    const url = new URL(path, address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    if (datacenter !== undefined) url.searchParams.set('dc', datacenter);
    const timeout = deadlineSignal(timeoutMs);
    const response = await send(url, {
      method,
      headers: headersNow(),
      timeoutMs,
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
    return {
      status: response.status,
      index: wholeNumberIn(response.headers.get('x-consul-index')) ?? 0,
      body: isJson ? (JSON.parse(text) as unknown) : undefined,
      address,
    };
  };
}

/** How a request is named in errors. */
export const nameOf = ({ method = 'GET', path }: ConsulRequest): string => `consul ${method} ${path}`;
