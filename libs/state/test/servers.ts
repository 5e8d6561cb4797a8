import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';

/** For `until`: how long a fact may take on a machine that has much else to do. Only a test that fails waits so long. */
export const WITHIN_MS = 20_000;

/** Nobody else's keys. */
export const ownNamespace = (): string => `test-${randomBytes(6).toString('hex')}`;

/** Runs the suite when the variable names a server; without it fails under CI and skips with a printed reason elsewhere. */
export function describeWith(variable: 'REDIS_URL' | 'NESTFLEET_REDIS_SERVER', name: string, suite: () => void): void {
  const there = (process.env[variable] ?? '') !== '';
  const ci = process.env['CI'] !== undefined;
  if (!there && !ci) console.warn(`SKIPPED ${name}: ${variable} IS NOT SET`);
  (there || ci ? describe : describe.skip)(name, suite);
}

/** For tests that judge what a call does, on however busy a machine, and not how long it may take. */
export const COMMAND_TIMEOUT_MS = 10_000;
