import { randomUUID } from 'node:crypto';
import { describe } from '@jest/globals';

/** Runs a suite that needs a real Consul; without one it fails under CI, and elsewhere is skipped with a printed reason. */
export function describeWithConsul(name: string, suite: () => void): void {
  const missing = ['CONSUL_HTTP_ADDR', 'NESTFLEET_CONSUL'].filter((variable) => !process.env[variable]);
  const isCi = Boolean(process.env['CI']);
  if (missing.length > 0 && !isCi) console.warn(`SKIPPED ${name}: ${missing.join(' AND ')} NOT SET`);
  const run = missing.length === 0 || isCi ? describe : describe.skip;
  run(name, suite);
}

/** The agent that all specs share; a spec that stops its Consul starts its own. */
export const sharedConsul = (): string => process.env['CONSUL_HTTP_ADDR'] ?? '';

/** A service name of this test alone. */
export const ownService = (): string => `test-${randomUUID()}`;
