import { expect, it } from '@jest/globals';
import { silentLog } from '../log.ts';
import { tell } from './tell.ts';

it.each([
  ['throws', 'no Error'],
  ['throws', new Error('of the listener')],
  ['rejects with', new Error('of the listener')],
])('a listener that %s %p is a line of the log', async (how, thrown) => {
  const lines: [object, string][] = [];
  const log = { ...silentLog, error: (fields: object, message: string) => void lines.push([fields, message]) };
  const fail = (): never => {
    throw thrown;
  };
  tell(log, 'onSettled', how === 'throws' ? fail : async () => fail());
  await Promise.resolve();
  const words = thrown instanceof Error ? thrown.message : thrown;
  expect(lines).toEqual([[{ err: expect.objectContaining({ message: words }) }, 'onSettled threw']]);
});

it('one that does neither is told alone', async () => {
  const told: string[] = [];
  tell(silentLog, 'onSettled', () => told.push('it'));
  tell(silentLog, 'onSettled', async () => told.push('another'));
  expect(told).toEqual(['it', 'another']);
});
