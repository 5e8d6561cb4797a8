import { expect, it } from '@jest/globals';
import { loggingObserver } from './upstream-observer.ts';

const failing = (): never => {
  throw new Error('of the observer');
};

it.each([
  ['throws', failing],
  ['rejects', async () => failing()],
])('an observer that %s is a line of the log', async (_how, onRetry: () => void) => {
  const lines: object[] = [];
  const note = (fields: object): void => void lines.push(fields);
  const observer = loggingObserver({ info: note, warn: note }, 'p2c', { onRetry });
  observer.onRetry?.({ service: 'api', isGranted: true });
  await Promise.resolve();
  expect(lines).toEqual([{ event: 'upstream.observer_failed', reason: 'of the observer' }]);
});
