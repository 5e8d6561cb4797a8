import { z } from 'zod';

/** Every error answer: RFC 9457, with our stable `code` and the request's id. */
export const problem = z
  .object({
    type: z.string().describe('URI reference of the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable word for programs'),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Where fields are to blame'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
