import { expect, it } from '@jest/globals';
import { SHUTDOWN_STEPS, type WithShutdownSteps } from './shutdown-steps.ts';

it('steps are found by another copy of this module', () => {
  const provider: WithShutdownSteps = { [SHUTDOWN_STEPS]: { name: 'jobs' } };
  const anotherCopy = Symbol.for('nestfleet.shutdown-steps');
  expect(Reflect.get(provider, anotherCopy)).toEqual({ name: 'jobs' });
});
