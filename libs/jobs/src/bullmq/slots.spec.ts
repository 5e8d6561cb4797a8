import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.ts';

describe('Slots', () => {
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];

  it('have what was added and not deleted, each once', () => {
    const slots = new Slots<{ n: number }>();
    for (const item of [a, b, a]) slots.add(item);
    expect([slots.size, slots.all()]).toEqual([2, [a, b]]);
    for (const item of [a, a, c]) slots.delete(item);
    expect([slots.size, slots.all(), slots.has(a), slots.has(b)]).toEqual([1, [b], false, true]);
    expect([slots.find(({ n }) => n === 2), slots.find(({ n }) => n === 1)]).toEqual([b, undefined]);
  });

  it('are used again', () => {
    const slots = new Slots<{ n: number }>();
    for (const item of [a, b]) slots.add(item);
    slots.delete(a);
    slots.add(c);
    expect([slots.size, slots.all()]).toEqual([2, [c, b]]);
  });
});
