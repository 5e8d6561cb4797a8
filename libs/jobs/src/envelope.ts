import { messageOf } from '@nestfleet/contracts';
import { jsonText } from '@nestfleet/errors';
import { z } from 'zod';
import { JobsError } from './errors.ts';
import { issuesOf, wordsOf } from './issues.ts';
import { jsonCopy } from './json-copy.ts';
import type { Queue } from './queue.ts';

/** What lies in Redis as a job's data. */
export const envelope = z.object({
  /** Missing where it is `undefined`, and of a job that was cancelled. */
  payload: z.unknown().optional(),
  payload_version: z.int(),
  owner: z.string().nullable(),
  request_id: z.string().nullable(),
});
export type Envelope = z.infer<typeof envelope>;

function checked<P extends z.ZodType>(queue: Queue<P>, payload: unknown): z.output<P> {
  const parsed = queue.descriptor.payload.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  throw new JobsError('invalid_payload', `Payload of ${queue.name} is not valid: ${wordsOf('payload', issues)}`, {
    issues,
  });
}

/** Validates and wraps a payload. Throws JobsError `invalid_payload` and `payload_too_large`. */
export function seal(
  queue: Queue,
  payload: unknown,
  about: { owner?: string | undefined; requestId?: string | undefined },
): Envelope {
  const valid = checked(queue, payload);
  checkSize(queue, valid);
  return {
    payload: valid,
    payload_version: queue.descriptor.version,
    owner: about.owner ?? null,
    request_id: about.requestId ?? null,
  };
}

function checkSize({ name, bounds }: Queue, payload: unknown): void {
  const plain = jsonCopy(payload);
  if (plain !== undefined && plain.bytesAtMost <= bounds.payloadMaxBytes) return;
  let text: string | undefined;
  try {
    text = jsonText(payload);
  } catch (error) {
    throw new JobsError('invalid_payload', `Payload of ${name} cannot be written as JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes > bounds.payloadMaxBytes)
    throw new JobsError(
      'payload_too_large',
      `Payload of ${name} has ${bytes} bytes, ${bounds.payloadMaxBytes} at most`,
    );
}

/**
 * Validates what came out of Redis, lifted to the version that this process knows. Throws JobsError `payload_version` where
 * there is no way to that version, `invalid_payload` when the data does not fit.
 */
export function unseal<P extends z.ZodType>(
  queue: Queue<P>,
  data: unknown,
): { payload: z.output<P>; sealed: Envelope } {
  const sealed = envelope.safeParse(data);
  if (!sealed.success) throw new JobsError('invalid_payload', `Job data of ${queue.name} is not an envelope of ours`);
  return { payload: checked(queue, lifted(queue, sealed.data)), sealed: sealed.data };
}

/** The payload in the shape of the version that this process knows, step by step. */
function lifted({ name, descriptor }: Queue, { payload, payload_version: found }: Envelope): unknown {
  const { version: known, upcast = {} } = descriptor;
  let current = payload;
  for (let version = found; version !== known; version += 1) {
    const step = version < known ? upcast[version] : undefined;
    if (step === undefined)
      throw new JobsError('payload_version', `Payload of ${name} has version ${found}, this process knows ${known}`);
    try {
      current = step(current);
    } catch (error) {
      const text = error instanceof z.ZodError ? wordsOf('payload', issuesOf(error)) : messageOf(error);
      throw new JobsError('invalid_payload', `Payload of ${name} cannot be lifted from version ${version}: ${text}`, {
        cause: error,
      });
    }
  }
  return current;
}

/** newerVersionOf is the version of a payload that only a newer process knows, undefined for all others. */
export function newerVersionOf({ descriptor }: Queue, data: unknown): number | undefined {
  // Nearly all are not: the whole of it is checked where the handler gets it.
  const isNewer = (version: unknown): boolean => typeof version === 'number' && version > descriptor.version;
  if (typeof data !== 'object' || data === null || !('payload_version' in data)) return undefined;
  if (!isNewer(data.payload_version)) return undefined;
  return envelope.safeParse(data).data?.payload_version;
}
