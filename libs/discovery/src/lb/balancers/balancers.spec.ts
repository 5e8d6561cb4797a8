import { describe, expect, it } from '@jest/globals';
import { benchInstance } from '../../../test/catalog-conformance.ts';
import { BALANCER_NAMES, type Balancer, type Candidate } from './balancer.ts';
import { balancerNamed } from './choose.ts';

interface Numbers {
  inFlight?: number;
  weight?: number;
  ms?: number;
  unsuccessfulShare?: number;
}

/** Candidates 1..n with these numbers: nothing in flight, weight 1 and 5 ms unless said otherwise. */
function candidates(...numbers: Numbers[]): (Candidate & { inFlight: number })[] {
  return numbers.map(({ inFlight = 0, weight = 1, ms = 5, unsuccessfulShare = 0 }, at) => ({
    instance: { ...benchInstance(at + 1), service: 'api', weight },
    inFlight,
    unsuccessfulShare,
    latencyMs: () => ms,
  }));
}

/** The last part of the address: 127.0.0.<n>. */
const numberOf = (candidate: Candidate | undefined): number => Number(candidate?.instance.address.split('.').at(-1));
const picked = (balancer: Balancer, from: readonly Candidate[]): number => numberOf(balancer.pick(from, { nowMs: 0 }));
const picks = (balancer: Balancer, from: readonly Candidate[], times: number): number[] =>
  Array.from({ length: times }, () => picked(balancer, from));

/** A random source that gives these numbers in turn. */
function scripted(...numbers: number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
}

function seeded(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe.each(BALANCER_NAMES)('%s', (name) => {
  it('picks nothing from nothing, and the only one from one', () => {
    const balancer = balancerNamed(name, Math.random);
    expect(picked(balancer, [])).toBeNaN();
    expect(picked(balancer, candidates({ inFlight: 7 }))).toBe(1);
  });

  it('leaves nobody out and stays in bounds', () => {
    const three = candidates({}, {}, {});
    for (const one of picks(balancerNamed(name, scripted(0, 0.999_999, 0.5)), three, 20))
      expect([1, 2, 3]).toContain(one);
    expect(new Set(picks(balancerNamed(name, seeded()), three, 200))).toEqual(new Set([1, 2, 3]));
  });

  it('sends by weight where nothing else tells them apart', () => {
    const all = picks(balancerNamed(name, seeded()), candidates({ weight: 1 }, { weight: 2 }, { weight: 5 }), 4_000);
    for (const [at, share] of [1 / 8, 2 / 8, 5 / 8].entries()) {
      const count = all.filter((one) => one === at + 1).length;
      expect([at, Math.abs(count / 4_000 - share) < 0.05]).toEqual([at, true]);
    }
  });

  it('works with a list that became another one', () => {
    const balancer = balancerNamed(name, seeded());
    picks(balancer, candidates({ weight: 4 }, {}, {}), 5);
    expect(new Set(picks(balancer, candidates({}, {}), 100))).toEqual(new Set([1, 2]));
  });
});

const turnsFrom = (random: number): Balancer => balancerNamed('round-robin', () => random);

describe('round-robin', () => {
  it('gives each its turn in order of id', () => {
    expect(picks(turnsFrom(0), candidates({}, {}, {}), 7)).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });

  it('goes on at the right place when one comes, goes or is left out', () => {
    const balancer = turnsFrom(0);
    const [one, two, three] = candidates({}, {}, {}) as [Candidate, Candidate, Candidate];
    expect(picked(balancer, [one, two, three])).toBe(1);
    expect(picked(balancer, [one, three])).toBe(3);
    expect(picked(balancer, [one, two, three])).toBe(1);
    expect(picked(balancer, [two, three])).toBe(2);
  });

  it('begins at a random place', () => {
    expect(picked(turnsFrom(0.99), candidates({}, {}, {}))).toBe(3);
  });

  it('lets the turns of a heavy one have others between them', () => {
    expect(picks(turnsFrom(0), candidates({ weight: 2 }, {}, {}), 8)).toEqual([1, 2, 3, 1, 1, 2, 3, 1]);
  });
});

describe('random', () => {
  it.each([
    [0, 1],
    [0.34, 2],
    [0.999, 3],
  ])('random %d picks number %d of 3', (random, expected) => {
    expect(
      picked(
        balancerNamed('random', () => random),
        candidates({}, {}, {}),
      ),
    ).toBe(expected);
  });
});

const drawing = (...draws: number[]): Balancer => balancerNamed('power-of-two', scripted(...draws));

describe('power-of-two', () => {
  it.each<[string, Numbers[], number[], number]>([
    ['the second has less in flight', [{ inFlight: 5 }, { inFlight: 1 }, {}], [0, 0], 2],
    ['the first has less in flight', [{ inFlight: 1 }, { inFlight: 5 }, {}], [0, 0], 1],
    ['a tie goes to the first draw', [{ inFlight: 2 }, { inFlight: 2 }, { inFlight: 2 }], [0.7, 0], 3],
    ['the two draws are never the same', [{ inFlight: 9 }, { inFlight: 9 }, {}], [0.7, 0.999], 3],
    ['the second draw wraps around', [{}, { inFlight: 9 }, { inFlight: 9 }], [0.7, 0], 1],
    ['the quicker one', [{ ms: 50 }, { ms: 5 }], [0, 0], 2],
    ['the quicker one although it has a few in flight', [{ ms: 50 }, { ms: 5, inFlight: 8 }], [0, 0], 2],
    ['the slower one when the queue of the other takes longer', [{ ms: 50 }, { ms: 5, inFlight: 10 }], [0, 0], 1],
    ['alike is up to three times: what is in flight decides', [{ ms: 15 }, { ms: 5, inFlight: 1 }], [0, 0], 1],
    ['not the second draw for refusing', [{ ms: 50, inFlight: 9 }, { unsuccessfulShare: 0.2 }], [0, 0], 1],
    ['the first draw where that refuses and is quicker', [{ unsuccessfulShare: 0.2 }, { ms: 50 }], [0, 0], 1],
    ['the quicker one where the other refuses', [{ unsuccessfulShare: 0.2, ms: 50 }, {}], [0, 0], 2],
    ['the quicker one where both refuse', [{ ms: 50, unsuccessfulShare: 0.5 }, { unsuccessfulShare: 0.45 }], [0, 0], 2],
    ['a weight carries more', [{ inFlight: 3, weight: 4 }, { inFlight: 2 }], [0, 0], 1],
  ])('%s', (_, numbers, draws, expected) => {
    expect(picked(drawing(...draws), candidates(...numbers))).toBe(expected);
  });

  it('draws two different ones by weight', () => {
    const heavy = candidates({ weight: 1 }, { weight: 8, inFlight: 8 }, { weight: 1 });
    expect(picked(drawing(0.5, 0.4), heavy)).toBe(1);
    expect(picked(drawing(0.5, 0.6), heavy)).toBe(3);
    expect(picked(drawing(0.05, 0.1), candidates({ weight: 1, inFlight: 1 }, { weight: 8 }, {}))).toBe(2);
  });

  it('keeps three instances even', () => {
    const balancer = balancerNamed('power-of-two', seeded());
    const three = candidates({}, {}, {});
    for (let call = 0; call < 300; call += 1) {
      const one = balancer.pick(three, { nowMs: 0 });
      if (one) one.inFlight += 1;
    }
    for (const { inFlight } of three) expect(Math.abs(inFlight - 100)).toBeLessThanOrEqual(3);
  });
});
