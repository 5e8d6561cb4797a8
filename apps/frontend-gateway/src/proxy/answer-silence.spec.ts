import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AnswerSilence } from './answer-silence.ts';
import { Boundary } from './boundary.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function silence() {
  const state = { isPaused: false, silent: 0 };
  const boundary = new Boundary(
    () => undefined,
    () => undefined,
  );
  const of = new AnswerSilence(
    boundary,
    () => state.isPaused,
    () => (state.silent += 1),
  );
  of.start(1_000);
  const pass = async (ms: number): Promise<number> => {
    jest.advanceTimersByTime(ms);
    await turn();
    return state.silent;
  };
  return { of, state, pass };
}

describe('AnswerSilence', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('ends once, its limit after the last data', async () => {
    const { of, pass } = silence();
    expect(await pass(900)).toBe(0);
    of.restart();
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
    expect(await pass(5_000)).toBe(1);
  });

  it('is none while nothing is read of the answer', async () => {
    const { of, state, pass } = silence();
    state.isPaused = true;
    expect(await pass(5_500)).toBe(0);
    state.isPaused = false;
    of.restart();
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
  });

  it('is none where data lay unread when the timer fired, after a stall of our own process', async () => {
    const { of, pass } = silence();
    jest.advanceTimersByTime(1_000);
    of.restart();
    await turn();
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
  });

  it('gives what begins in that turn a time of its own', async () => {
    const { of, pass } = silence();
    jest.advanceTimersByTime(1_000);
    of.start(1_000);
    expect(await pass(0)).toBe(0);
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
  });

  it('does not end once it was stopped', async () => {
    const { of, pass } = silence();
    of.stop();
    expect(await pass(5_000)).toBe(0);
  });
});
