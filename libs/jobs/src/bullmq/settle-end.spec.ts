import { describe, expect, it, jest } from '@jest/globals';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import { type Unwritten, settleEnd } from './settle-end.ts';

const job = { id: 'j-x' } as Job;
const next = { id: 'j-y' } as Job;

function hooksOf(...found: Unwritten[]) {
  const told: string[] = [];
  return {
    told,
    settled: (_job: Job, error?: Error) => void told.push(`settled ${error?.name ?? 'well'}`),
    unwritten: async (_job: Job, _fault: unknown, times: number): Promise<Unwritten> => {
      told.push(`unwritten ${times}`);
      return found.shift() ?? 'lost';
    },
  };
}
const lost = () => Promise.reject(new Error('no connection'));
const written = () => Promise.resolve(next);
const isOpen = () => false;

describe('settleEnd', () => {
  it.each([new WaitingError(), new DelayedError()])(
    'tells of a job that was moved before as what it is, though the next one cannot be fetched: %s',
    async (error) => {
      const hooks = hooksOf();
      expect(await settleEnd(hooks, { job, error, write: lost, isClosed: isOpen })).toBeUndefined();
      expect(hooks.told).toEqual([`settled ${error.name}`]);
      expect(await settleEnd(hooks, { job, error, write: written, isClosed: isOpen })).toBe(next);
      const write = jest.fn(written);
      expect(await settleEnd(hooks, { job, error, write, isClosed: () => true })).toBeUndefined();
      expect([hooks.told.length, write.mock.calls.length]).toEqual([3, 0]);
    },
  );

  it.each<[string, Unwritten[], string[]]>([
    ['is written again', ['again', 'again'], ['unwritten 1', 'unwritten 2', 'settled well']],
    ['was written, and its answer lost', ['written'], ['unwritten 1', 'settled well']],
    ['is lost', ['lost'], ['unwritten 1']],
  ])('an end that %s is told once', async (_what, found, told) => {
    const hooks = hooksOf(...found);
    let fails = found.length;
    const write = () => (fails-- > 0 ? lost() : written());
    await settleEnd(hooks, { job, write, isClosed: isOpen });
    expect(hooks.told).toEqual(told);
  });

  it('makes a failure of what Redis takes no result of', async () => {
    const hooks = hooksOf('never');
    await expect(settleEnd(hooks, { job, write: lost, isClosed: isOpen })).rejects.toMatchObject({
      name: 'UnrecoverableError',
      message: 'no connection',
    });
    expect(hooks.told).toEqual(['unwritten 1']);
  });

  it('writes nothing once it is closed', async () => {
    const hooks = hooksOf('lost');
    const write = jest.fn(written);
    expect(await settleEnd(hooks, { job, write, isClosed: () => true })).toBeUndefined();
    expect([hooks.told, write.mock.calls.length]).toEqual([['unwritten 1'], 0]);
  });
});
