import { SERVICE_NAMES } from '@nestfleet/contracts';
import { z } from 'zod';
import { COUNT_MAX } from '../core/services.ts';
import { LOCAL_EDGE_PROXIES } from '../core/supervisor-settings.ts';
import { StackFault, type stackFaults } from '../core/faults.ts';
import { parseJson } from '../core/parse-json.ts';

const service = z.enum(SERVICE_NAMES);
const count = z.int().min(0).max(COUNT_MAX);

const controlRequest = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('up'),
    /** Only those that were named; the others stay as they are, or take their default. */
    counts: z.partialRecord(service, count),
    /** Undefined: any that the fleet has already, else the default. */
    port: z.int().optional(),
    host: z.string(),
    balancer: z.enum(LOCAL_EDGE_PROXIES).optional(),
  }),
  z.object({ do: z.literal('scale'), service, count }),
  z.object({ do: z.literal('restart'), service }),
  z.object({ do: z.literal('reload') }),
  z.object({ do: z.literal('down') }),
  /** A reference to Redis and Consul, held until the caller is gone; they stay for `linger_ms` after the last one. */
  z.object({ do: z.literal('acquire'), linger_ms: z.int().min(0) }),
  z.object({ do: z.literal('server'), name: z.enum(['redis', 'consul']), how: z.enum(['stop', 'kill', 'start']) }),
]);

/**
 * ControlRequest is what a command asks of the supervisor: one line of JSON each way, then lines of progress, then one that
 * ends it.
 */
export type ControlRequest = z.infer<typeof controlRequest>;

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

/**
 * parseRequest checks the shape: the supervisor may be older than the command that calls it. @throws StackFault bad_argument
 */
export function parseRequest(line: string): ControlRequest {
  const request = parseJson(controlRequest, line);
  if (request === undefined)
    throw new StackFault('bad_argument', `the supervisor does not know the request ${line.slice(0, 200)}`);
  return request;
}

export function parseReply(line: string): Reply {
  return JSON.parse(line) as Reply;
}
