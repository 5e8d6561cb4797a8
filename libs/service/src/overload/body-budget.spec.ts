import { describe, expect, it } from '@jest/globals';
import { BodyBudget } from './body-budget.ts';

/** 100 bytes, and who was refused. */
function budget() {
  const bodies = new BodyBudget<string>(100);
  const refused: string[] = [];
  const begin = (name: string, bytes: number): void => bodies.begin(name, bytes, () => refused.push(name));
  return { bodies, refused, begin };
}

describe('BodyBudget', () => {
  it('takes what fits', () => {
    const { bodies, refused, begin } = budget();
    begin('a', 60);
    begin('b', 40);
    expect([refused, bodies.bytes]).toEqual([[], 100]);
  });

  it('refuses those that have been coming for longest, and no more than it has to', () => {
    const { bodies, refused, begin } = budget();
    for (const name of ['a', 'b', 'c', 'd']) begin(name, 25);
    begin('e', 40);
    expect([refused, bodies.bytes]).toEqual([['a', 'b'], 90]);
  });

  it('refuses none that is whole for another, and holds it until it has begun', () => {
    const { bodies, refused, begin } = budget();
    begin('whole', 60);
    bodies.complete('whole');
    begin('a', 30);
    begin('b', 30);
    expect(refused).toEqual(['a']);
    begin('c', 50);
    expect([refused, bodies.bytes]).toEqual([['a', 'b', 'c'], 60]);
    bodies.end('whole');
    begin('d', 100);
    expect([refused, bodies.bytes]).toEqual([['a', 'b', 'c'], 100]);
  });

  it('counts one that has ended once', () => {
    const { bodies, begin } = budget();
    begin('a', 60);
    bodies.end('a');
    bodies.end('a');
    expect(bodies.bytes).toBe(0);
  });
});
