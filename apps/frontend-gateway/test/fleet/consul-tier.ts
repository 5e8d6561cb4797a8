import { execFileSync } from 'node:child_process';
import { describe } from '@jest/globals';

function hasConsul(): boolean {
  try {
    execFileSync(process.env['NESTFLEET_CONSUL'] || 'consul', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** `describe` for suites over a real Consul. Without one they are skipped with a reason here, and fail under CI. */
export function describeWithConsul(name: string, suite: () => void): void {
  const isCi = Boolean(process.env['CI']);
  const isThere = hasConsul();
  if (!isThere && !isCi) console.warn(`SKIPPED ${name}: NO CONSUL; SET NESTFLEET_CONSUL OR PUT consul ON THE PATH`);
  const run = isThere || isCi ? describe : describe.skip;
  run(name, suite);
}
