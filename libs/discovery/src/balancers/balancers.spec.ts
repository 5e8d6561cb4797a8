import { describe, expect, it } from '@jest/globals';
import { benchInstance } from '../testing/catalog-conformance.ts';
import { BALANCER_NAMES, type Candidate } from './balancer.ts';
import { balancerNamed } from './choose.ts';
import { powerOfTwo } from './power-of-two.ts';
import { randomBalancer } from './random.ts';
import { roundRobin } from './round-robin.ts';

/** Candidates 1..n, with so many calls in flight each, all of weight 1. */
function candidates(...inFlight: number[]): Candidate[] {
  return inFlight.map((count, at) => ({
    instance: { ...benchInstance(at + 1), service: 'api', weight: 1 },
    inFlight: count,
  }));
}

/** The last part of the address: 127.0.0.<n>. */
const numberOf = (candidate: Candidate | undefined): number => Number(candidate?.instance.address.split('.').at(-1));

/** A random source that gives these numbers in turn. */
function scripted(...numbers: number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
}

describe.each(BALANCER_NAMES)('%s', (name) => {
  it('picks nothing from nothing, and the only one from one', () => {
    const balancer = balancerNamed(name, Math.random);
    expect(balancer.pick([])).toBeUndefined();
    expect(numberOf(balancer.pick(candidates(7)))).toBe(1);
  });

  it('leaves nobody out and stays in bounds', () => {
    const balancer = balancerNamed(name, scripted(0, 0.3, 0.999_999, 0.6, 0.1));
    const three = candidates(0, 0, 0);
    const picked = Array.from({ length: 60 }, () => numberOf(balancer.pick(three)));
    expect(new Set(picked)).toEqual(new Set([1, 2, 3]));
  });
});

describe('roundRobin', () => {
  it('gives each its turn in order of id', () => {
    const balancer = roundRobin(() => 0);
    const three = candidates(0, 0, 0);
    expect(Array.from({ length: 7 }, () => numberOf(balancer.pick(three)))).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });

  it('goes on at the right place when one comes, goes or is left out', () => {
    const balancer = roundRobin(() => 0);
    const [one, two, three] = candidates(0, 0, 0) as [Candidate, Candidate, Candidate];
    expect(numberOf(balancer.pick([one, two, three]))).toBe(1);
    expect(numberOf(balancer.pick([one, three]))).toBe(3);
    expect(numberOf(balancer.pick([one, two, three]))).toBe(1);
    expect(numberOf(balancer.pick([two, three]))).toBe(2);
  });

  it('begins at a random place', () => {
    expect(numberOf(roundRobin(() => 0.99).pick(candidates(0, 0, 0)))).toBe(3);
  });
});

describe('random', () => {
  it.each([
    [0, 1],
    [0.34, 2],
    [0.999, 3],
  ])('random %d picks number %d of 3', (random, expected) => {
    expect(numberOf(randomBalancer(() => random).pick(candidates(0, 0, 0)))).toBe(expected);
  });
});

describe('powerOfTwo', () => {
  it.each([
    ['the second has less in flight', [5, 1, 0], [0, 0], 2],
    ['the first has less in flight', [1, 5, 0], [0, 0], 1],
    ['a tie goes to the first draw', [2, 2, 2], [0.7, 0], 3],
    ['the two draws are never the same', [9, 9, 0], [0.7, 0.999], 3],
    ['the second draw wraps around', [0, 9, 9], [0.7, 0], 1],
  ])('%s', (_, inFlight, draws, expected) => {
    expect(numberOf(powerOfTwo(scripted(...draws)).pick(candidates(...inFlight)))).toBe(expected);
  });

  it('lets a weight carry more', () => {
    const [one, two] = candidates(3, 2) as [Candidate, Candidate];
    const heavy = { ...one, instance: { ...one.instance, weight: 4 } };
    expect(numberOf(powerOfTwo(() => 0).pick([heavy, two]))).toBe(1);
  });

  it('keeps three instances even', () => {
    let seed = 1;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const balancer = powerOfTwo(random);
    const three = candidates(0, 0, 0) as { instance: Candidate['instance']; inFlight: number }[];
    for (let call = 0; call < 300; call += 1) {
      const picked = balancer.pick(three);
      if (picked) picked.inFlight += 1;
    }
    for (const { inFlight } of three) expect(Math.abs(inFlight - 100)).toBeLessThanOrEqual(3);
  });
});
