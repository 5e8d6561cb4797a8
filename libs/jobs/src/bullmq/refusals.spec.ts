import { describe, expect, it, jest } from '@jest/globals';
import { silentLog } from '../log.ts';
import { type Errand, RefusalLines, Refusals } from './refusals.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

describe('Refusals', () => {
  it.each<[what: string, steps: (readonly [Errand, 'refused' | 'taken'])[], lines: number]>([
    ['nothing is refused', [['fetch', 'taken']], 0],
    ['one is refused', [['fetch', 'refused']], 1],
    ['it is refused for ever', Array.from({ length: 4_200 }, () => ['fetch', 'refused'] as const), 1],
    [
      'two are refused',
      [
        ['fetch', 'refused'],
        ['settle', 'refused'],
      ],
      1,
    ],
    [
      'one of two is taken',
      [
        ['fetch', 'refused'],
        ['settle', 'refused'],
        ['settle', 'taken'],
      ],
      1,
    ],
    [
      'both are taken',
      [
        ['fetch', 'refused'],
        ['settle', 'refused'],
        ['settle', 'taken'],
        ['fetch', 'taken'],
      ],
      2,
    ],
    [
      'it begins anew',
      [
        ['fetch', 'refused'],
        ['fetch', 'taken'],
        ['fetch', 'refused'],
      ],
      3,
    ],
  ])('%s: one line for each change', (_what, steps, lines) => {
    const line = jest.fn();
    const refusals = new Refusals({ ...silentLog, warn: line, info: line });
    for (const [errand, how] of steps) {
      if (how === 'taken') refusals.took(errand);
      else refusals.refusedBy(errand, reply('OOM command not allowed'), performance.now());
    }
    expect(line).toHaveBeenCalledTimes(lines);
  });

  it('waits from 1 to 1.5 s, so that a consumer flows within 2 s', () => {
    expect(new Refusals(silentLog, () => 0).backOffMs()).toBe(1_000);
    expect(new Refusals(silentLog, () => 0.999).backOffMs()).toBeCloseTo(1_500, -1);
  });

  it('are present until Redis takes everything, or has not answered for longer than a back-off', () => {
    let nowMs = 0;
    const refusals = new Refusals(
      silentLog,
      () => 0,
      () => nowMs,
    );
    expect(refusals.present).toBe(false);
    refusals.refusedBy('fetch', reply('READONLY'), nowMs);
    expect(refusals.present).toBe(true);
    refusals.took('fetch');
    expect(refusals.present).toBe(false);
    refusals.refusedBy('fetch', reply('READONLY'), nowMs);
    nowMs += 5_000;
    expect(refusals.present).toBe(false);
  });

  it('names the kind of refusal, not what Redis says beyond it', () => {
    const warn = jest.fn();
    new Refusals({ ...silentLog, warn }).refusedBy('settle', reply('READONLY script: 12, on @user_script:1'), 0);
    expect(warn).toHaveBeenCalledWith({ errand: 'settle', refusal: 'READONLY' }, expect.any(String));
  });

  it('are one line for all consumers of a process, whoever is refused first or longest', () => {
    const told: string[] = [];
    const lines = new RefusalLines();
    const refusals = ['a', 'b', 'c'].map((name) => {
      const note = (_fields: object, message: string): void =>
        void told.push(`${name}: ${message.split(/[: ]/, 2)[1]}`);
      return new Refusals({ ...silentLog, info: note, warn: note }, Math.random, () => performance.now(), lines);
    });
    for (const each of refusals) each.refusedBy('fetch', reply('BUSY Redis is busy'), performance.now());
    refusals[0]?.took('fetch');
    // A consumer that has closed waits for nothing.
    refusals[2]?.close();
    refusals[2]?.refusedBy('fetch', reply('BUSY Redis is busy'), performance.now());
    refusals[1]?.took('fetch');
    expect(told).toEqual(['a: refuses', 'b: takes']);
  });

  it('names what a connection begins with by what Redis said to it', () => {
    const warn = jest.fn();
    const error = Object.assign(new Error('SELECT refused: BUSY Redis is busy'), { name: 'HandshakeError' });
    new Refusals({ ...silentLog, warn }).refusedBy('connect', error, 0);
    expect(warn).toHaveBeenCalledWith({ errand: 'connect', refusal: 'BUSY' }, expect.any(String));
  });

  it('ends with the last error once it is closed', async () => {
    const refusals = new Refusals(silentLog);
    const error = reply('READONLY');
    const held = refusals.untilTaken('settle', () => Promise.reject(error));
    refusals.close();
    await expect(held).rejects.toBe(error);
  });

  it.each([
    ['no reply of Redis', new SyntaxError('Unexpected end of JSON input')],
    ['an answer', reply('WRONGTYPE Operation against a key')],
    ['a reply that is in no table', reply('ERR of a stranger')],
  ])('asks once where the error is %s', async (_what, error) => {
    const refusals = new Refusals(silentLog);
    const work = jest.fn(() => {
      if (work.mock.calls.length > 1) refusals.close();
      return Promise.reject(error);
    });
    await expect(refusals.untilTaken('settle', work)).rejects.toBe(error);
    expect(work).toHaveBeenCalledTimes(1);
    expect(refusals.present).toBe(false);
  });

  it('does not begin again for an answer to what was asked before Redis took everything again', () => {
    const lines: string[] = [];
    const note = (_fields: object, message: string): void => void lines.push(message);
    const refusals = new Refusals({ ...silentLog, info: note, warn: note });
    const begunMs = performance.now();
    refusals.refusedBy('settle', reply('OOM command not allowed'), begunMs);
    refusals.took('settle');
    refusals.refusedBy('fetch', reply('OOM command not allowed'), begunMs);
    expect(lines).toHaveLength(2);
    refusals.refusedBy('fetch', reply('OOM command not allowed'), performance.now());
    expect(lines).toHaveLength(3);
  });
});
