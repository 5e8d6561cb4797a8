import { describe, expect, it } from '@jest/globals';
import type { BalancerName } from './balancers/balancer.ts';
import { balancerNamed } from './balancers/choose.ts';
import type { Instance } from '../instance.ts';
import { benchInstance } from '../../test/catalog-conformance.ts';
import type { Outcome } from '../outcome.ts';
import { Pool } from './pool.ts';
import type { EjectedEvent } from './upstream-observer.ts';

const EVERY_MS = 5;

interface Answer {
  ms: number;
  outcome: Outcome;
}
/** What an instance does with a request at that time. */
type Behaviour = (nowMs: number, random: () => number) => Answer;

const ok =
  (ms: number): Behaviour =>
  (_, random) => ({ ms: ms * (0.5 + random()), outcome: 'ok' });

/** Never twice in a row. */
const failsEach = (nth: number, ms: number): Behaviour => {
  let requests = 0;
  return () => ({ ms, outcome: (requests += 1) % nth === 1 ? 'error' : 'ok' });
};
const fails: Behaviour = () => ({ ms: 1, outcome: 'error' });
const refuses: Behaviour = () => ({ ms: 1, outcome: 'unsuccessful' });
const full: Behaviour = () => ({ ms: 1, outcome: 'overloaded' });
const refusesThird = (): Behaviour => {
  let requests = 0;
  return (atMs, random) => ((requests += 1) % 3 === 0 ? refuses : ok(40))(atMs, random);
};
const refusesAfter5S: Behaviour = (atMs, random) => (atMs < 5_000 ? ok(100) : refuses)(atMs, random);
const backAfter30S: Behaviour = (atMs, random) =>
  atMs < 30_000 ? { ms: 1, outcome: 'refused' } : ok(10)(atMs, random);
const stopsAfter5S: Behaviour = (atMs, random) =>
  atMs < 5_000 ? ok(10)(atMs, random) : { ms: 3_000, outcome: 'timeout' };

const failsSome =
  (share: number): Behaviour =>
  (_, random) => ({ ms: 10, outcome: random() < share ? 'error' : 'ok' });

interface Traffic {
  /** Instances that were ejected by their success rate, each as often as that happened. */
  ejected: number[];
  /** Requests that each instance got, and those that did not end with `ok`. */
  got: number[];
  failed: number[];
  latenciesMs: number[];
}

/** 200 requests a second for so many seconds, in virtual time; an instance may join later. */
function send(name: BalancerName, behaviours: readonly Behaviour[], seconds: number, joinsAtS: number[] = []): Traffic {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  let nowMs = 0;
  const ejected: number[] = [];
  const observer = {
    onEjected({ instance, reason }: EjectedEvent) {
      if (reason !== 'refused') ejected.push(instances.findIndex(({ id }) => id === instance));
    },
  };
  const pool = new Pool({ balancer: balancerNamed(name, random), random, nowMs: () => nowMs, observer });
  const instances = behaviours.map((_, at): Instance => ({ ...benchInstance(at + 1), service: 'api', weight: 1 }));
  const traffic: Traffic = { ejected, got: behaviours.map(() => 0), failed: behaviours.map(() => 0), latenciesMs: [] };
  const answers: { atMs: number; say: () => void }[] = [];
  for (let atMs = 0; atMs < seconds * 1_000; atMs += EVERY_MS) {
    answers.sort((a, b) => a.atMs - b.atMs);
    while (answers[0] !== undefined && answers[0].atMs <= atMs) {
      const answer = answers.shift()!;
      nowMs = answer.atMs;
      answer.say();
    }
    nowMs = atMs;
    const there = instances.filter((_, at) => (joinsAtS[at] ?? 0) * 1_000 <= atMs);
    if (atMs % 1_000 === 0) pool.apply({ instances: there, asOfMs: 1 });
    const pick = pool.pick()!;
    const at = instances.indexOf(pick.instance);
    const { ms, outcome } = behaviours[at]!(atMs, random);
    traffic.got[at]! += 1;
    answers.push({
      atMs: atMs + ms,
      say() {
        if (outcome !== 'ok') traffic.failed[at]! += 1;
        traffic.latenciesMs.push(ms);
        pick.release(outcome);
      },
    });
  }
  return traffic;
}

const shares = ({ got }: Traffic): number[] => {
  const all = got.reduce((sum, count) => sum + count, 0);
  return got.map((count) => count / all);
};
const p99 = ({ latenciesMs }: Traffic): number =>
  latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.99)]!;

describe('200 requests a second on three', () => {
  it.each<[string, Behaviour[], slack: number]>([
    ['that are quick', [ok(3), ok(3), ok(3)], 0.05],
    ['that are slow', [ok(200), ok(200), ok(200)], 0.05],
    [
      'with slow answers now and then',
      [1, 2, 3].map(() => (at, random) => ok(random() < 0.01 ? 300 : 4)(at, random)),
      0.15,
    ],
    ['of which one begins cold', [ok(4), ok(4), (at, random) => ok(at < 20 ? 500 : 4)(at, random)], 0.05],
  ])('%s: each has its share', (_, behaviours, slack) => {
    for (const share of shares(send('power-of-two', behaviours, 20)))
      expect(Math.abs(share - 1 / 3)).toBeLessThan(slack);
  });

  it('of which one fails in 1 ms every other time: it gains nothing', () => {
    const [share] = shares(send('power-of-two', [failsEach(2, 1), ok(40), ok(40)], 60));
    expect(share).toBeLessThan(0.1);
  });

  it.each([
    ['one answers 429 in 1 ms, others take 40 ms', [refuses, ok(40), ok(40)]],
    ['one answers 404 in 1 ms, others take 20 ms', [refuses, ok(20), ok(20)]],
    ['one answers 429 in 1 ms, others are quick too', [refuses, ok(3), ok(3)]],
    ['one refuses a third in 1 ms, others take 40 ms', [refusesThird(), ok(40), ok(40)]],
    ['one refuses and was slow before', [refusesAfter5S, ok(10), ok(10)]],
  ])('%s: its share is no more than that of the others', (_, behaviours) => {
    const [share] = shares(send('power-of-two', behaviours, 60));
    expect(share).toBeLessThan(1 / 3 + 0.02);
  });

  it.each([0.1, 0.3, 0.5])('that refuse %d of all: one that becomes slow has next to nothing', (refused) => {
    const mixed =
      (slowFromMs = Infinity): Behaviour =>
      (atMs, random) => ({
        ms: (atMs < slowFromMs ? 20 : 1_000) * (0.5 + random()),
        outcome: random() < refused ? 'unsuccessful' : 'ok',
      });
    const [share] = shares(send('power-of-two', [mixed(5_000), mixed(), mixed()], 65));
    expect(share).toBeLessThan(1 / 3 / 13 + 0.02);
  });

  it('that all refuse: each has its share, and none is ejected', () => {
    for (const share of shares(send('power-of-two', [refuses, refuses, refuses], 20)))
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.05);
  });

  it.each([40, 3])(
    'of which one is full and says so in 1 ms, others take %d ms: it has less, and not nothing',
    (ms) => {
      const [share] = shares(send('power-of-two', [full, ok(ms), ok(ms)], 60));
      expect(share).toBeLessThan(1 / 3 / 2);
      expect(share).toBeGreaterThan(1 / 3 / 10);
    },
  );

  it('that are all full: each has its share', () => {
    for (const share of shares(send('power-of-two', [full, full, full], 20)))
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.05);
  });

  it('of which one answers 503 in 1 ms: its errors are a handful', () => {
    const [failed] = send('power-of-two', [fails, ok(40), ok(40)], 60).failed;
    expect(failed).toBeLessThanOrEqual(10);
    const [inTurn] = send('round-robin', [fails, ok(40), ok(40)], 60).failed;
    expect(inTurn).toBeLessThanOrEqual(10);
  });

  it('of which one is ten times slower: a p99 far below that of round robin', () => {
    const fleet = [ok(100), ok(10), ok(10)];
    const traffic = send('power-of-two', fleet, 60);
    expect(shares(traffic)[0]).toBeLessThan(0.01);
    expect(p99(traffic)).toBeLessThan(16);
    expect(p99(send('round-robin', fleet, 60))).toBeGreaterThan(100);
  });

  it('of which one stops: three time-outs and their like on the way, then one for each probe', () => {
    const [failed] = send('power-of-two', [stopsAfter5S, ok(10), ok(10)], 60).failed;
    expect(failed).toBeLessThanOrEqual(8);
    expect(failed).toBeGreaterThanOrEqual(3);
  });

  it('that were two: the new one is neither flooded nor starved', () => {
    const [first, before, then] = [10, 14, 15].map(
      (endS) => send('power-of-two', [ok(40), ok(40), ok(40)], endS, [0, 0, 9]).got[2]! / 200,
    );
    const later = then! - before!;
    expect(first).toBeGreaterThan(0.01);
    expect(first).toBeLessThan(0.1);
    expect(later).toBeGreaterThan(0.25);
    expect(later).toBeLessThan(0.42);
  });

  it('of which one fails each fourth request: it is ejected by its success rate, longer each time', () => {
    const { ejected, failed } = send('round-robin', [failsEach(4, 10), ok(10), ok(10)], 300);
    expect(ejected.length).toBeGreaterThan(2);
    expect(new Set(ejected)).toEqual(new Set([0]));
    // A fourth of its third would be 8.3 %, and half of that with ejections that do not become longer.
    expect(failed[0]! / (300 * 200)).toBeLessThan(0.03);
  });

  it.each([0.02, 0.2])('that fail %d of all for a fault that they share: none is ejected in an hour', (share) => {
    expect(send('round-robin', [failsSome(share), failsSome(share), failsSome(share)], 3_600).ejected).toEqual([]);
  });

  it.each([
    [0.3, 0],
    [0.5, 0],
    // In the first moment, before the siblings have shown anything.
    [0.7, 1],
  ])('that fail %d of all for a fault that they share: %d is ejected in 5 minutes', (share, expected) => {
    for (const name of ['round-robin', 'power-of-two'] as const) {
      const { ejected } = send(name, [failsSome(share), failsSome(share), failsSome(share)], 300);
      expect(ejected.length).toBeLessThanOrEqual(expected);
    }
  });

  it('that have all recovered: each has its share again within 10 s', () => {
    const traffic = send('power-of-two', [backAfter30S, backAfter30S, backAfter30S], 40);
    const answered = 2_000;
    const failed = traffic.failed.reduce((sum, count) => sum + count, 0);
    expect(failed).toBeLessThanOrEqual(30 * 200 + 2);
    for (const [at, got] of traffic.got.entries()) expect(got - traffic.failed[at]!).toBeGreaterThan(answered * 0.26);
  });
});
