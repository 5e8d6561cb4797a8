import { roundRobin } from '../src/lb/balancers/round-robin.ts';
import type { Pick } from '../src/lb/pick.ts';
import { Pool } from '../src/lb/pool.ts';
import type { Health, Instance } from '../src/instance.ts';
import type { Outcome } from '../src/outcome.ts';
import { benchInstance } from './catalog-conformance.ts';

export const instance = (n: number, health: Health = 'passing'): Instance => ({
  ...benchInstance(n, health),
  service: 'api',
  weight: 1,
});
export const idOf = (n: number): string => instance(n).id;
const numberOf = (id: string): number => Number(id.split('-')[1]);

/** evenRandom is random numbers in steps of a thousandth, each once in a thousand, so that shares are exact. */
export function evenRandom(): () => number {
  let at = 0;
  return () => ((at += 379) % 1_000) / 1_000;
}

/** fleet is a pool of instances 1..n, a clock by hand, and functions for what happens to them. The `healthy` answer all the time. */
export function fleet(count: number, healthy: readonly number[] = [], random = () => 0, zone?: string) {
  const clock = { ms: 0 };
  const pool = new Pool({ balancer: roundRobin(() => 0), random, zone, nowMs: () => clock.ms });
  const list = (...healths: Health[]): void =>
    pool.apply({ instances: healths.map((health, at) => instance(at + 1, health)), asOfMs: 1 });
  list(...Array.from({ length: count }, (): Health => 'passing'));
  const use = (n: number): Pick => {
    for (const other of healthy) pool.pick({ only: idOf(other) })!.release('ok');
    return pool.pick({ only: idOf(n) })!;
  };
  const stateOf = (n: number) => pool.members().find((each) => each.instance.id === idOf(n))!;
  return {
    clock,
    pool,
    list,
    stateOf,
    /** Uses of instance n, one after the other. */
    show(n: number, outcome: Outcome, times = 1): void {
      for (let at = 0; at < times; at += 1) use(n).release(outcome);
    },
    /** One answer of instance n; with `Retry-After` where that is given. */
    answer(n: number, outcome: Outcome, retryAfterMs?: number): void {
      const pick = use(n);
      pick.observe(outcome, { retryAfterMs });
      pick.release();
    },
    /** Answers that began well and broke off. */
    breakOff(n: number, times = 1): void {
      for (let at = 0; at < times; at += 1) {
        const pick = use(n);
        pick.observe('ok');
        pick.release('broken');
      }
    },
    /** The next pick's instance; its use is left running. */
    next(exclude?: number[]) {
      const pick = pool.pick(exclude && { exclude: new Set(exclude.map(idOf)) });
      return pick && Object.assign(pick, { n: numberOf(pick.instance.id) });
    },
    /** Who is picked in so many picks; each says nothing. */
    picked(times = 12): number[] {
      const seen = new Set<number>();
      for (let at = 0; at < times; at += 1) {
        const pick = pool.pick();
        if (!pick) continue;
        seen.add(numberOf(pick.instance.id));
        pick.release();
      }
      return [...seen].toSorted((a, b) => a - b);
    },
    ejected: (): number[] => pool.members().flatMap((each) => (each.why ? [numberOf(each.instance.id)] : [])),
  };
}
