import { describe, expect, it } from '@jest/globals';
import { answeredDuringStall } from './testing.ts';
import { until } from './until.ts';

describe('until', () => {
  it('gives the first thing that is truthy; a throw is not yet', async () => {
    const answers = [false, '', () => Promise.reject(new Error('no')), { a: 1 }];
    const next = () => {
      const answer = answers.shift();
      return typeof answer === 'function' ? answer() : answer;
    };
    await expect(until(next, 60_000, { everyMs: 1 })).resolves.toEqual({ a: 1 });
  });

  it('says what did not hold, and what it saw last', async () => {
    const [nothing, fault] = [() => ({ left: [] as number[] }).left.length, () => Promise.reject(new Error('refused'))];
    await expect(until(nothing, 1, { what: 'somebody left' })).rejects.toThrow(
      'somebody left did not hold within 1 ms; last: 0',
    );
    await expect(until(fault, 1)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringContaining('refused'), cause: new Error('refused') }),
    );
  });

  it('looks once more after its deadline, when sockets have been read', async () => {
    let answer: string | undefined;
    const seen = answeredDuringStall(40, (answered) => {
      void answered.then((text) => (answer = text));
      return until(() => answer, 20);
    });
    await expect(seen).resolves.toBe('answered');
  });
});
