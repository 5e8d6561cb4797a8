import { messageOf } from '@nestfleet/contracts';
import { z } from 'zod';
import { JobsError, type JobsErrorCode } from './errors.ts';
import { jsonText } from './json.ts';
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
  const text = textOf(queue, result);
  const parsed = queue.descriptor.result.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (!parsed.success) {
    const issues = issuesOf(parsed.error);
    throw new JobsError('invalid_result', `Result of ${queue.name} is not valid: ${wordsOf('result', issues)}`, {
      issues,
    });
  }
  // What the schema made of it is written once more, by BullMQ.
  textOf(queue, parsed.data);
  return parsed.data;
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
