import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import { DeadlineError } from '@nestfleet/timing';
import { RedisError } from '../src/index.ts';

/** Nobody else's keys. */
export const ownNamespace = (): string => `test-${randomBytes(6).toString('hex')}`;

/** Runs the suite when the variable names a server; without it fails under CI and skips with a printed reason elsewhere. */
export function describeWith(variable: 'REDIS_URL' | 'NESTFLEET_REDIS_SERVER', name: string, suite: () => void): void {
  const there = (process.env[variable] ?? '') !== '';
  const ci = process.env['CI'] !== undefined;
  if (!there && !ci) console.warn(`SKIPPED ${name}: ${variable} IS NOT SET`);
  (there || ci ? describe : describe.skip)(name, suite);
}

/** For `until`: how long a fact may take on a machine that has much else to do. Only a test that fails waits so long. */
export const WITHIN_MS = 20_000;

export interface End {
  readonly error: unknown;
  readonly answer: unknown;
  /** `not sent` failed at once, without a timer; `overdue` was sent, and its own timer ended it. */
  readonly how: 'answered' | 'not sent' | 'overdue' | 'failed';
}

/** How a piece of work ended. */
export function endOf(work: Promise<unknown>): Promise<End> {
  return work.then(
    (answer) => ({ answer, error: undefined, how: 'answered' }),
    (error: unknown) => ({ answer: undefined, error, how: howOf(error) }),
  );
}

function howOf(error: unknown): End['how'] {
  if (!(error instanceof RedisError)) return 'failed';
  if (error.cause instanceof DeadlineError) return 'overdue';
  return error.code === 'redis_unavailable' && error.message.endsWith('; not sent') ? 'not sent' : 'failed';
}
