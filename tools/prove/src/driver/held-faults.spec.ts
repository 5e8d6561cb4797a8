import { describe, expect, it } from '@jest/globals';
import { HeldFaults } from './held-faults.ts';

const recording = () => {
  const undone: string[] = [];
  return { undone, held: new HeldFaults(), undo: (what: string) => async () => void undone.push(what) };
};

describe('faults that last', () => {
  it('are undone once, also when several ask for it', async () => {
    const { undone, held, undo } = recording();
    held.hold('a', undo('a'));
    await Promise.all([held.release('a'), held.releaseAll()]);
    await held.release('a');
    expect(undone).toEqual(['a']);
  });

  it('are undone where another one cannot be, which is named and still held', async () => {
    const { undone, held, undo } = recording();
    let isAway = true;
    held.hold('node n1 is cordoned', async () => {
      if (isAway) throw new Error('the API server is away');
      undone.push('n1');
    });
    held.hold('cut b', undo('b'));
    await expect(held.releaseAll()).rejects.toThrow('STILL THERE: node n1 is cordoned: the API server is away');
    expect(undone).toEqual(['b']);
    isAway = false;
    await held.releaseAll();
    expect(undone).toEqual(['b', 'n1']);
  });

  it('of one kind are undone by the beginning of their names', async () => {
    const { undone, held, undo } = recording();
    for (const what of ['cut a', 'cut b', 'drain']) held.hold(what, undo(what));
    await held.releaseAll('cut ');
    expect(undone).toEqual(['cut a', 'cut b']);
  });
});
