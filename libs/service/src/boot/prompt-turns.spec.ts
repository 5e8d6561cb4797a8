import { describe, expect, it } from '@jest/globals';
import { promptTurns } from './prompt-turns.ts';

/** A clock on which a pause takes so much longer than it should, one pause after the other; then none does. */
function machine(delaysMs: readonly number[], always = 0) {
  const left = [...delaysMs];
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    pause: async (ms: number) => {
      nowMs += ms + (left.shift() ?? always);
    },
  };
}

describe('promptTurns', () => {
  it('takes five prompt turns', async () => expect(await promptTurns(machine([]))).toBe(50));

  it('begins to count again after each late turn', async () => {
    expect(await promptTurns(machine([0, 0, 100, 0, 0, 0, 200]))).toBe(7 * 10 + 300 + 50);
  });

  it('takes a turn that is a little late for prompt', async () => {
    expect(await promptTurns(machine([20, 20, 20, 20, 20]))).toBe(150);
  });

  it('gives up after three seconds on a machine that is always busy', async () => {
    const tookMs = await promptTurns(machine([], 90));
    expect(tookMs).toBeGreaterThanOrEqual(3_000);
    expect(tookMs).toBeLessThan(3_200);
  });

  it('waits for the real event loop', async () => expect(await promptTurns()).toBeGreaterThan(45));
});
