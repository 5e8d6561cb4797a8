import { z } from 'zod';

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
    served_by: z.string(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

/** Each field alone is set, or removed by null; fields that are not named stay. */
export const patchSession = z
  .strictObject({
    fields: z
      .record(fieldName, z.unknown())
      .refine((fields) => Object.keys(fields).length > 0, 'names at least one field')
      .describe('Name and new value, any JSON; null removes the field'),
  })
  .meta({ id: 'PatchSession' });
export type PatchSession = z.infer<typeof patchSession>;
