import assert from 'node:assert/strict';
import type { Allowance } from '../../src/index.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const HOUR_MS = 3_600_000;
const shownOf = (allowances: readonly Allowance[]) =>
  allowances.map(({ allowed, remaining }) => `${allowed} ${remaining}`);

/** So slow that none grows back while a case runs. */
const THREE = { count: 3, periodMs: HOUR_MS };

export const limitCases: readonly StateCase[] = [
  {
    name: 'limit: allows its count at once, says what is left, then refuses and says until when',
    async run(make) {
      const { limits } = (await make()).state;
      for (const remaining of [2, 1, 0]) {
        const { resetMs, mark: _mark, ...rest } = await limits.take('a', THREE);
        assert.deepEqual(rest, { allowed: true, limit: 3, remaining, retryAfterMs: 0 });
        assert.equal(resetMs, HOUR_MS);
      }
      const { resetMs, retryAfterMs, ...refused } = await limits.take('a', THREE);
      assert.deepEqual(refused, { allowed: false, limit: 3, remaining: 0 });
      assert.ok(retryAfterMs > HOUR_MS - 60_000 && retryAfterMs <= HOUR_MS, `${retryAfterMs}`);
      assert.ok(resetMs >= retryAfterMs && resetMs <= HOUR_MS, `${resetMs}`);
    },
  },
  {
    name: 'limit: each key is its own, and may be taken more of at once',
    async run(make) {
      const { limits } = (await make()).state;
      assert.equal((await limits.take('a', THREE, 3)).remaining, 0);
      assert.equal((await limits.take('a', THREE)).allowed, false);
      assert.equal((await limits.take('b', THREE)).allowed, true);
      const { allowed, remaining } = await limits.take('b', THREE, 3);
      assert.deepEqual([allowed, remaining], [false, 2]);
      assert.equal((await limits.take('b', THREE, 2)).remaining, 0);
    },
  },
  {
    name: 'limit: of many at once as many pass as it allows',
    async run(make) {
      const { limits } = (await make()).state;
      const rate = { count: 10, periodMs: HOUR_MS };
      const answers = await Promise.all(Array.from({ length: 50 }, () => limits.take('a', rate)));
      assert.equal(answers.filter(({ allowed }) => allowed).length, 10);
    },
  },
  {
    name: 'limit: is whole again after its time, whatever was refused meanwhile',
    async run(make) {
      const { state, pass } = await make();
      const { limits } = state;
      for (let n = 0; n < 20; n += 1) await limits.take('a', THREE);
      await pass(HOUR_MS);
      assert.equal((await limits.take('a', THREE)).remaining, 2);
    },
  },
  {
    name: 'limit: several keys are taken from together or not at all',
    async run(make) {
      const { limits } = (await make()).state;
      const two = { count: 2, periodMs: HOUR_MS };
      const both = [
        { key: 'narrow', rate: two },
        { key: 'wide', rate: THREE },
      ];
      const shown = async () => (await limits.takeAll(both)).map(({ allowed, remaining }) => `${allowed} ${remaining}`);
      assert.deepEqual(await shown(), ['true 1', 'true 2']);
      assert.deepEqual(await shown(), ['true 0', 'true 1']);
      assert.deepEqual(await shown(), ['false 0', 'true 1']);
      assert.deepEqual(await shown(), ['false 0', 'true 1']);
      assert.equal((await limits.take('wide', THREE)).remaining, 0);
    },
  },
  {
    name: 'limit: what is refunded may be taken again, and nothing else is',
    async run(make) {
      const { limits } = (await make()).state;
      const takes = [
        { key: 'narrow', rate: THREE, cost: 2 },
        { key: 'wide', rate: { count: 100, periodMs: HOUR_MS }, cost: 60 },
      ];
      const others = await limits.takeAll([
        { key: 'narrow', rate: THREE },
        { key: 'wide', rate: { count: 100, periodMs: HOUR_MS }, cost: 30 },
      ]);
      assert.deepEqual(shownOf(others), ['true 2', 'true 70']);
      const taken = await limits.takeAll(takes);
      assert.deepEqual(shownOf(taken), ['true 0', 'true 10']);
      const refused = await limits.takeAll(takes);
      assert.deepEqual(shownOf(refused), ['false 0', 'false 10']);
      await limits.refund(takes, refused);
      assert.equal((await limits.take('narrow', THREE)).allowed, false);
      await limits.refund(takes, taken);
      assert.deepEqual(shownOf(await limits.takeAll(takes)), ['true 0', 'true 10']);
    },
  },
  {
    name: 'limit: what is refunded once it counts no more makes room for nobody',
    async run(make) {
      const { state, pass } = await make();
      const takes = [{ key: 'a', rate: THREE, cost: 3 }];
      const taken = await state.limits.takeAll(takes);
      await pass(HOUR_MS);
      assert.equal((await state.limits.take('a', THREE, 3)).allowed, true);
      await state.limits.refund(takes, taken);
      assert.equal((await state.limits.take('a', THREE)).allowed, false);
    },
  },
  {
    name: 'limit: a smaller rate than before makes nobody wait for longer than its own period',
    async run(make) {
      const { limits } = (await make()).state;
      const before = { count: 1, periodMs: 24 * HOUR_MS };
      assert.equal((await limits.take('a', before)).allowed, true);
      const { allowed, retryAfterMs } = await limits.take('a', { count: 1, periodMs: 60_000 });
      assert.equal(allowed, false);
      assert.ok(retryAfterMs > 0 && retryAfterMs <= 60_000, `${retryAfterMs}`);
    },
  },
  {
    name: 'limit: refuses keys and rates that it cannot hold',
    async run(make) {
      const { limits } = (await make()).state;
      for (const key of ['', 'a b', 'a{b}', 'x'.repeat(129)]) await expectCode('invalid_key', limits.take(key, THREE));
      for (const rate of [
        { count: 0, periodMs: 1_000 },
        { count: 1.5, periodMs: 1_000 },
        { count: Number.NaN, periodMs: 1_000 },
        { count: 1_000_000_000_001, periodMs: 1_000 },
        { count: 1, periodMs: 999 },
        { count: 1, periodMs: 86_400_001 },
      ]) {
        await expectCode('invalid_rate', limits.take('a', rate));
      }
      for (const cost of [0, 1.5, 4]) await expectCode('invalid_rate', limits.take('a', THREE, cost));
      await expectCode('invalid_rate', limits.takeAll([]));
      const twice = { key: 'a', rate: THREE };
      await expectCode('invalid_rate', limits.takeAll([twice, twice]));
      assert.equal((await limits.take('a', THREE)).remaining, 2);
    },
  },
];
