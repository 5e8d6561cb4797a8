import { z } from 'zod';
import { JobsError, type PayloadIssue } from './errors.ts';
import type { Queue } from './queue.ts';

/** What lies in Redis as a job's data. */
export const envelope = z.object({
  payload: z.unknown(),
  payload_version: z.int(),
  owner: z.string().nullable(),
  request_id: z.string().nullable(),
});
export type Envelope = z.infer<typeof envelope>;

const issuesOf = (error: z.ZodError): PayloadIssue[] =>
  error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));

function checked<P extends z.ZodType>(queue: Queue<P>, payload: unknown): z.output<P> {
  const parsed = queue.descriptor.payload.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  const text = issues.map(({ path, message }) => `${path === '' ? 'payload' : path}: ${message}`).join('; ');
  throw new JobsError('invalid_payload', `Payload of ${queue.name} is not valid: ${text}`, { issues });
}

/** Validates and wraps a payload. Throws JobsError `invalid_payload`. */
export function seal(
  queue: Queue,
  payload: unknown,
  about: { owner?: string | undefined; requestId?: string | undefined },
): Envelope {
  return {
    payload: checked(queue, payload),
    payload_version: queue.descriptor.version,
    owner: about.owner ?? null,
    request_id: about.requestId ?? null,
  };
}

/**
 * Validates what came out of Redis. Throws JobsError `payload_version` when producer and worker disagree on the shape,
 * `invalid_payload` when the data does not fit.
 */
export function unseal<P extends z.ZodType>(
  queue: Queue<P>,
  data: unknown,
): { payload: z.output<P>; sealed: Envelope } {
  const sealed = envelope.safeParse(data);
  if (!sealed.success) throw new JobsError('invalid_payload', `Job data of ${queue.name} is not an envelope of ours`);
  const { payload_version: found } = sealed.data;
  const known = queue.descriptor.version;
  if (found !== known)
    throw new JobsError('payload_version', `Payload of ${queue.name} has version ${found}, this worker knows ${known}`);
  return { payload: checked(queue, sealed.data.payload), sealed: sealed.data };
}

/** A newer payload may suit the next worker during a roll-out, so it is worth a retry; everything else is final. */
export function mayFitAnotherWorker(queue: Queue, data: unknown): boolean {
  const sealed = envelope.safeParse(data);
  return sealed.success && sealed.data.payload_version > queue.descriptor.version;
}
