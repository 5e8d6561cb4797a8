import { z } from 'zod';
import { servedBy } from './served-by.ts';

/** `GET /whoami` of one api replica. */
export const whoami = z
  .object({
    served_by: servedBy,
    hostname: z.string().describe('Host name of the machine or container'),
    instance_id: z.string().describe('Id of the replica in the catalog'),
    pid: z.int().describe('Its process'),
    version: z.string().describe('Version of the code that it runs'),
    uptime_ms: z.int().describe('Milliseconds since it began'),
  })
  .meta({
    id: 'Whoami',
    description: 'The replica that answered',
    examples: [
      {
        served_by: 'api-2',
        hostname: 'box',
        instance_id: 'api-2-1795898948130',
        pid: 4_711,
        version: '0.1.0',
        uptime_ms: 61_250,
      },
    ],
  });
export type Whoami = z.infer<typeof whoami>;

/** The TCP message that the gateway sends to a randomly chosen api replica, and its reply. */
export const DATA_PATTERN = 'data';
export const dataReply = z
  .object({
    data: z.int().describe('Some number'),
    data_pid: z.int().describe('Process of the replica that gave it'),
    data_instance: z.string().describe('Name of the replica that gave it'),
  })
  .meta({ id: 'Data', description: 'Data, and which api replica gave it' });
export type DataReply = z.infer<typeof dataReply>;

/** `GET /whoami` of the gateway: its own process, and data from another one. */
export const gatewayWhoami = z
  .object({
    web_pid: z.int().describe('Process of this gateway'),
    web_instance: z.string().describe('Name of this gateway'),
    data: dataReply,
  })
  .meta({
    id: 'GatewayWhoami',
    description: 'This gateway, and data of an api replica',
    examples: [
      {
        web_pid: 4_700,
        web_instance: 'gateway-1',
        data: { data: 48_151_623, data_pid: 4_711, data_instance: 'api-2' },
      },
    ],
  });
export type GatewayWhoami = z.infer<typeof gatewayWhoami>;
