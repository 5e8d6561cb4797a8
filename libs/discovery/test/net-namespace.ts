import { describe } from '@jest/globals';
import { netNamespaceObstacle } from '../src/testing.ts';

const obstacle = await netNamespaceObstacle();

/** Runs a suite that needs a network namespace; where there can be none it fails under CI, and elsewhere is skipped with a printed reason. */
export function describeInNamespace(
  describeSuite: (name: string, suite: () => void) => void,
  name: string,
  suite: () => void,
): void {
  const isSkipped = obstacle !== undefined && !process.env['CI'];
  if (isSkipped) console.warn(`SKIPPED ${name}: ${obstacle}`);
  (isSkipped ? describe.skip : describeSuite)(name, suite);
}
