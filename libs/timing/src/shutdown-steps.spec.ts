import { expect, it } from '@jest/globals';
import { type ProviderWrapper, SHUTDOWN_STEPS, stepsOfProviders, type WithShutdownSteps } from './shutdown-steps.ts';

it('steps are found by another copy of this module', () => {
  const provider: WithShutdownSteps = { [SHUTDOWN_STEPS]: { name: 'jobs' } };
  const anotherCopy = Symbol.for('nestfleet.shutdown-steps');
  expect(Reflect.get(provider, anotherCopy)).toEqual({ name: 'jobs' });
});

const provider = (name: string) => ({ [SHUTDOWN_STEPS]: { name } });
const wrapper = (instance: unknown, { isTransient = false, isStatic = true } = {}): ProviderWrapper => ({
  instance,
  isTransient,
  isDependencyTreeStatic: () => isStatic,
});

it('steps of providers are found once each, and none of what is made for each request', () => {
  const jobs = provider('jobs');
  const found = stepsOfProviders([
    wrapper(jobs),
    wrapper(null),
    wrapper(provider('transient'), { isTransient: true }),
    wrapper(provider('per request'), { isStatic: false }),
    wrapper(provider('outbox')),
    wrapper(jobs),
  ]);
  expect(found.map(({ name }) => name)).toEqual(['jobs', 'outbox']);
});
