import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Boundary } from '../boundary.ts';
import { SendTimeout } from './send-timeout.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function sending() {
  const state = { notTaken: 100, stuck: 0 };
  const boundary = new Boundary(
    () => undefined,
    () => undefined,
  );
  const timeout = new SendTimeout(
    boundary,
    1_000,
    () => state.notTaken,
    () => (state.stuck += 1),
  );
  timeout.start();
  const pass = async (ms: number): Promise<number> => {
    jest.advanceTimersByTime(ms);
    await turn();
    return state.stuck;
  };
  return { timeout, state, pass };
}

describe('SendTimeout', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('ends once where nothing is taken, however often something more lies ready', async () => {
    const { timeout, pass } = sending();
    expect(await pass(999)).toBe(0);
    timeout.start();
    expect(await pass(1)).toBe(1);
    expect(await pass(5_000)).toBe(1);
  });

  it('begins anew where something was taken, if not all', async () => {
    const { state, pass } = sending();
    await pass(900);
    state.notTaken = 99;
    expect(await pass(100)).toBe(0);
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
  });

  it('does not end where all was taken, also in the turn after a stall of our own process', async () => {
    const { timeout, pass } = sending();
    jest.advanceTimersByTime(1_000);
    timeout.stop();
    expect(await pass(5_000)).toBe(0);
    timeout.start();
    expect(await pass(1_000)).toBe(1);
  });

  it('gives what lies ready since that turn a time of its own', async () => {
    const { timeout, pass } = sending();
    jest.advanceTimersByTime(1_000);
    timeout.stop();
    timeout.start();
    expect(await pass(0)).toBe(0);
    expect(await pass(999)).toBe(0);
    expect(await pass(1)).toBe(1);
  });

  it('does not end where all was taken and nobody said so', async () => {
    const { timeout, state, pass } = sending();
    state.notTaken = 0;
    await pass(1_000);
    expect(await pass(5_000)).toBe(0);
    state.notTaken = 100;
    timeout.start();
    expect(await pass(1_000)).toBe(1);
  });
});
