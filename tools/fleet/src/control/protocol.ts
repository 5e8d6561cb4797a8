import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import { COUNT_MAX } from '../core/services.ts';
import type { LocalEdgeProxy } from '../core/supervisor-settings.ts';
import { StackFault, stackFaults } from '../core/faults.ts';

/**
 * ControlRequest is what a command asks of the supervisor: one line of JSON each way, then lines of progress, then one that
 * ends it.
 */
export type ControlRequest =
  | {
      readonly do: 'up';
      /** Only those that were named; the others stay as they are, or take their default. */
      readonly counts: Partial<Record<ServiceName, number>>;
      /** Undefined: any that the fleet has already, else the default. */
      readonly port?: number;
      readonly host: string;
      readonly balancer?: LocalEdgeProxy;
    }
  | { readonly do: 'scale'; readonly service: ServiceName; readonly count: number }
  | { readonly do: 'restart'; readonly service: ServiceName }
  | { readonly do: 'reload' }
  | { readonly do: 'down' }
  /** A reference to Redis and Consul, held until the caller is gone. */
  | {
      readonly do: 'acquire';
      /** How long the servers stay after the last reference. Milliseconds. */
      readonly linger_ms: number;
    }
  | { readonly do: 'server'; readonly name: 'redis' | 'consul'; readonly how: 'stop' | 'kill' | 'start' };

/** ServerAddresses are where the servers that this supervisor runs answer. */
export interface ServerAddresses {
  readonly redis_url?: string;
  readonly consul_http_addr?: string;
}

export type Reply =
  | { readonly say: string }
  | { readonly acquired: ServerAddresses }
  | { readonly done: true }
  | { readonly fault: string; readonly code: keyof typeof stackFaults | 'internal' };

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= COUNT_MAX;
const isService = (value: unknown): value is ServiceName => SERVICE_NAMES.some((service) => service === value);

/**
 * parseRequest checks the shape: the supervisor may be older than the command that calls it. @throws StackFault bad_argument
 */
export function parseRequest(line: string): ControlRequest {
  const request = JSON.parse(line) as ControlRequest;
  const fits =
    request.do === 'down' ||
    request.do === 'reload' ||
    (request.do === 'acquire' && Number.isInteger(request.linger_ms) && request.linger_ms >= 0) ||
    (request.do === 'up' &&
      typeof request.host === 'string' &&
      Object.entries(request.counts).every(([service, count]) => isService(service) && isCount(count))) ||
    (request.do === 'scale' && isService(request.service) && isCount(request.count)) ||
    (request.do === 'restart' && isService(request.service)) ||
    (request.do === 'server' &&
      ['redis', 'consul'].includes(request.name) &&
      ['stop', 'kill', 'start'].includes(request.how));
  if (!fits) throw new StackFault('bad_argument', `the supervisor does not know the request ${line.slice(0, 200)}`);
  return request;
}

export function parseReply(line: string): Reply {
  return JSON.parse(line) as Reply;
}
