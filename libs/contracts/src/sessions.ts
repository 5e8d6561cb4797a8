import { z } from 'zod';
import { servedBy } from './served-by.ts';

const fieldName = z.string().min(1).max(64);

/** The answer of every `/session` route that has one. `session_id` is public, never the cookie. */
export const session = z
  .object({
    session_id: z.string().describe('Public id of the session: a hash, not the cookie; another one after a rotation'),
    fields: z.record(fieldName, z.unknown()).describe('What was stored in the session'),
    count: z.int().describe('Visits of this session; outside of the version and the ETag'),
    version: z.int().describe('Grows with each write of fields; also in the ETag'),
    created_at: z.iso.datetime().describe('When it was opened'),
    expires_in_ms: z.int().describe('Milliseconds until it ends when nobody uses it'),
    ends_in_ms: z.int().describe('Milliseconds until it ends whoever uses it'),
    served_by: servedBy,
  })
  .meta({
    id: 'Session',
    description: 'The session, as it stands now',
    examples: [
      {
        session_id: '5Yb0mJxkq3cXw1Zt',
        fields: { theme: 'dark' },
        count: 3,
        version: 1_795_898_948_130_007,
        created_at: '2026-11-29T12:00:00.000Z',
        expires_in_ms: 1_800_000,
        ends_in_ms: 86_400_000,
        served_by: 'api-2',
      },
    ],
  });
export type Session = z.infer<typeof session>;

/** Each field alone is set, or removed by null; fields that are not named stay. */
export const patchSession = z
  .strictObject({
    fields: z
      .record(fieldName, z.unknown())
      .refine((fields) => Object.keys(fields).length > 0, 'names at least one field')
      .describe('Name and new value, any JSON; null removes the field'),
  })
  .meta({
    id: 'PatchSession',
    description: 'Fields to set or to remove',
    examples: [{ fields: { theme: 'dark', draft: null } }],
  });
export type PatchSession = z.infer<typeof patchSession>;
