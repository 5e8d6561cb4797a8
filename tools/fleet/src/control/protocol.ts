import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import { COUNT_MAX } from '../core/services.ts';
import type { LocalDoor } from '../supervisor/settings.ts';
import { StackFault, stackFaults } from '../faults.ts';

/** What a command asks of the supervisor: one line of JSON each way, then lines of progress, then one that ends it. */
export type Order =
  | {
      readonly do: 'up';
      /** Only those that were named; the others stay as they are, or take their default. */
      readonly counts: Partial<Record<ServiceName, number>>;
      /** Undefined: any that the fleet has already, else the default. */
      readonly port?: number;
      readonly host: string;
      readonly balancer?: LocalDoor;
    }
  | { readonly do: 'scale'; readonly service: ServiceName; readonly count: number }
  | { readonly do: 'restart'; readonly service: ServiceName }
  | { readonly do: 'reload' }
  | { readonly do: 'down' }
  | { readonly do: 'server'; readonly name: 'redis' | 'consul'; readonly how: 'stop' | 'kill' | 'start' };

export type Reply =
  | { readonly say: string }
  | { readonly done: true }
  | { readonly fault: string; readonly code: keyof typeof stackFaults | 'internal' };

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= COUNT_MAX;
const isService = (value: unknown): value is ServiceName => SERVICE_NAMES.some((service) => service === value);

/** The supervisor may be older than the command that calls it, so the shape is checked. @throws StackFault bad_argument */
export function parseOrder(line: string): Order {
  const order = JSON.parse(line) as Order;
  const fits =
    order.do === 'down' ||
    order.do === 'reload' ||
    (order.do === 'up' &&
      typeof order.host === 'string' &&
      Object.entries(order.counts).every(([service, count]) => isService(service) && isCount(count))) ||
    (order.do === 'scale' && isService(order.service) && isCount(order.count)) ||
    (order.do === 'restart' && isService(order.service)) ||
    (order.do === 'server' &&
      ['redis', 'consul'].includes(order.name) &&
      ['stop', 'kill', 'start'].includes(order.how));
  if (!fits) throw new StackFault('bad_argument', `the supervisor does not know the order ${line.slice(0, 200)}`);
  return order;
}

export function parseReply(line: string): Reply {
  return JSON.parse(line) as Reply;
}
