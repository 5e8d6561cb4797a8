import { z } from 'zod';
import { servedBy } from './served-by.ts';

/** The answer of `GET /`: who served it and what the shared counters say. `session_id` is public, never the cookie. */
export const visit = z
  .object({
    served_by: servedBy,
    hostname: z.string().describe('Host name of the machine or container'),
    instance_id: z.string().describe('Id of the replica in the catalog'),
    message: z.string().describe('A greeting'),
    session_id: z.string().describe('Public id of the session: a hash, not the cookie'),
    session_count: z.int().describe('Visits of this session'),
    global_count: z.int().describe('Visits of all sessions'),
  })
  .meta({
    id: 'Visit',
    description: 'Who served the visit, and what the shared counters say',
    examples: [
      {
        served_by: 'api-2',
        hostname: 'box',
        instance_id: 'api-2-1795898948130',
        message: 'Hi there fella',
        session_id: '5Yb0mJxkq3cXw1Zt',
        session_count: 3,
        global_count: 361,
      },
    ],
  });
export type Visit = z.infer<typeof visit>;
