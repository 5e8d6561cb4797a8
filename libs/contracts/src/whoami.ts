import { z } from 'zod';

/** `GET /whoami` of one api replica. */
export const whoami = z
  .object({
    served_by: z.string(),
    hostname: z.string(),
    instance_id: z.string(),
    pid: z.int(),
    version: z.string(),
    uptime_ms: z.int(),
  })
  .meta({ id: 'Whoami' });
export type Whoami = z.infer<typeof whoami>;

/** The TCP message that the gateway sends to a randomly chosen api replica, and its reply. */
export const DATA_PATTERN = 'data';
export const dataReply = z.object({ data: z.int(), data_pid: z.int(), data_instance: z.string() }).meta({ id: 'Data' });
export type DataReply = z.infer<typeof dataReply>;

/** `GET /whoami` of the gateway: its own process, and data from another one. */
export const gatewayWhoami = z
  .object({ web_pid: z.int(), web_instance: z.string(), data: dataReply })
  .meta({ id: 'GatewayWhoami' });
export type GatewayWhoami = z.infer<typeof gatewayWhoami>;
