import { z } from 'zod';

/** Every error answer: RFC 9457, with our stable `code` and the request's id. */
export const problem = z
  .object({
    type: z.string().describe('URI reference of the kind of problem'),
    title: z.string().describe('The kind of problem, for people'),
    status: z.int().describe('Status of the answer'),
    detail: z.string().describe('What happened this time, for people'),
    code: z.string().describe('Stable word for programs'),
    request_id: z.string().describe('Also in `x-request-id`, and in every log line of the request'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Where fields are to blame'),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong (RFC 9457)',
    examples: [
      {
        type: 'urn:nestfleet:problem:invalid_input',
        title: 'The request does not fit',
        status: 400,
        detail: 'surprise: is not known here',
        code: 'invalid_input',
        request_id: '6f1c3f0e-7a5e-4f0b-9d55-0c9f6b1d2a34',
        errors: [{ path: 'surprise', message: 'is not known here' }],
      },
    ],
  });
export type Problem = z.infer<typeof problem>;
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
