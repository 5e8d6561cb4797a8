import { z } from 'zod';

/** The answer of `GET /`: who served it and what the shared counters say. `session_id` is public, never the cookie. */
export const visit = z
  .object({
    served_by: z.string().describe('Name of the replica that answered (INSTANCE_NAME)'),
    hostname: z.string().describe('Host name of the machine or container'),
    instance_id: z.string().describe('Consul ServiceID of the replica'),
    message: z.string(),
    session_id: z.string().describe('Public id of the session: a hash, not the cookie'),
    session_count: z.int().describe('Visits of this session'),
    global_count: z.int().describe('Visits of all sessions'),
  })
  .meta({ id: 'Visit' });
export type Visit = z.infer<typeof visit>;
