import { messageOf } from '@nestfleet/contracts';
import { jsonText } from '@nestfleet/errors';
import { z } from 'zod';
import { JobsError, type JobsErrorCode } from './errors.ts';
import { jsonCopy } from './json-copy.ts';
import { issuesOf, wordsOf } from './issues.ts';
import type { Queue } from './queue.ts';

/** Faults of what a handler returned: another attempt would return the same, after doing the work once more. */
const RESULT_FAULTS: ReadonlySet<JobsErrorCode> = new Set<JobsErrorCode>(['invalid_result', 'result_too_large']);

export const isResultFault = (error: unknown): boolean => error instanceof JobsError && RESULT_FAULTS.has(error.code);

/**
 * `checkedResult` is what is kept of a result: as JSON has it, and as the descriptor's schema wants it. Throws JobsError
 * `invalid_result` and `result_too_large`.
 */
export function checkedResult<R extends z.ZodType>(queue: Queue<z.ZodType, R>, result: unknown): z.output<R> {
  const parsed = queue.descriptor.result.safeParse(copied(queue, result));
  if (!parsed.success) {
    const issues = issuesOf(parsed.error);
    throw new JobsError('invalid_result', `Result of ${queue.name} is not valid: ${wordsOf('result', issues)}`, {
      issues,
    });
  }
  // What the schema made of it is written once more, by BullMQ.
  copied(queue, parsed.data);
  return parsed.data;
}

/** As JSON has it, so that what the handler still does to it is not in it. Throws as `checkedResult` does. */
function copied(queue: Pick<Queue, 'name' | 'bounds'>, value: unknown): unknown {
  const plain = jsonCopy(value);
  if (plain !== undefined && plain.bytesAtMost <= queue.bounds.resultMaxBytes) return plain.copy;
  const text = textOf(queue, value);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

function textOf({ name, bounds }: Pick<Queue, 'name' | 'bounds'>, value: unknown): string | undefined {
  const text = written(name, value);
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes > bounds.resultMaxBytes)
    throw new JobsError('result_too_large', `Result of ${name} has ${bytes} bytes, ${bounds.resultMaxBytes} at most`);
  return text;
}

function written(name: string, value: unknown): string | undefined {
  try {
    return jsonText(value);
  } catch (error) {
    throw new JobsError('invalid_result', `Result of ${name} cannot be written as JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
