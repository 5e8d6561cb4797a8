import assert from 'node:assert/strict';
import { COUNT_MAX } from '../../src/counters/amount.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

/** So long that none ends by itself while the cases run. */
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export const counterWindowCases: readonly StateCase[] = [
  {
    name: 'counter window: stands at 0, moves by 1 or by what is said, and tells when it ends',
    async run(make) {
      const { counters } = (await make()).state;
      const nothing = await counters.readWithin('a', { windowMs: DAY_MS });
      assert.equal(nothing.count, 0);
      const first = await counters.addWithin('a', { windowMs: DAY_MS });
      assert.equal(first.count, 1);
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS, by: 5 })).count, 6);
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS, by: -10 })).count, -4);
      const last = await counters.readWithin('a', { windowMs: DAY_MS });
      assert.equal(last.count, -4);
      for (const { endsInMs } of [nothing, first, last]) {
        assert.ok(Number.isInteger(endsInMs) && endsInMs > 0 && endsInMs <= DAY_MS, `${endsInMs} ms left`);
      }
      assert.ok(Math.abs(nothing.endsInMs - last.endsInMs) < 60_000, 'the end is not the same for all');
    },
  },
  {
    name: 'counter window: its count goes with it, however often it was moved',
    async run(make) {
      const { state, pass } = await make();
      const { counters } = state;
      await counters.addWithin('a', { windowMs: DAY_MS });
      await counters.addWithin('a', { windowMs: WEEK_MS });
      const { endsInMs } = await counters.addWithin('a', { windowMs: DAY_MS });
      await pass(Math.max(0, endsInMs - 60_000));
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS })).count, 3);
      await pass(60_000);
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, 0);
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS })).count, 1);
    },
  },
  {
    name: 'counter window: each length and name is its own, apart from the counter',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', 100);
      await counters.addWithin('a', { windowMs: DAY_MS, by: 1 });
      await counters.addWithin('a', { windowMs: WEEK_MS, by: 2 });
      await counters.addWithin('a:1', { windowMs: DAY_MS, by: 3 });
      const day = await counters.readWithin('a', { windowMs: DAY_MS });
      const week = await counters.readWithin('a', { windowMs: WEEK_MS });
      const other = await counters.readWithin('a:1', { windowMs: DAY_MS });
      assert.deepEqual([day.count, week.count, other.count, await counters.read('a')], [1, 2, 3, 100]);
    },
  },
  {
    name: 'counter window: 100 parallel moves are each counted once',
    async run(make) {
      const { counters } = (await make()).state;
      const adds = Array.from({ length: 100 }, () => counters.addWithin('a', { windowMs: WEEK_MS }));
      const counts = (await Promise.all(adds)).map(({ count }) => count);
      assert.equal(new Set(counts).size, 100);
      assert.equal((await counters.readWithin('a', { windowMs: WEEK_MS })).count, 100);
    },
  },
  {
    name: 'counter window: a token holds beyond the window that it moved',
    async run(make) {
      const { state, pass } = await make();
      const add = () => state.counters.addWithin('a', { windowMs: 60_000, by: 7, idempotencyToken: 'x' });
      const { count, endsInMs } = await add();
      assert.equal(count, 7);
      await pass(endsInMs);
      assert.equal((await add()).count, 7);
      assert.equal((await state.counters.readWithin('a', { windowMs: 60_000 })).count, 0);
    },
  },
  {
    name: 'counter window: does not move to where a number would not be exact, and stays readable',
    async run(make) {
      const { counters } = (await make()).state;
      const add = (by: number, idempotencyToken?: string) =>
        counters.addWithin('a', { windowMs: DAY_MS, by, ...(idempotencyToken !== undefined && { idempotencyToken }) });
      await expectCode('counter_overflow', add(Number.MAX_SAFE_INTEGER));
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, 0);
      assert.equal((await add(-COUNT_MAX)).count, -COUNT_MAX);
      await expectCode('counter_overflow', add(-1, 'x'));
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, -COUNT_MAX);
      assert.equal((await add(2)).count, 2 - COUNT_MAX);
      assert.equal((await add(-1, 'x')).count, 1 - COUNT_MAX);
    },
  },
  {
    name: 'counter window: refuses names, amounts and lengths that it cannot hold',
    async run(make) {
      const { counters } = (await make()).state;
      for (const windowMs of [0, -1, 1.5, Number.NaN, 31_536_000_001]) {
        await expectCode('invalid_window', counters.addWithin('a', { windowMs }));
        await expectCode('invalid_window', counters.readWithin('a', { windowMs }));
      }
      await expectCode('invalid_key', counters.addWithin('a b', { windowMs: DAY_MS }));
      await expectCode('invalid_key', counters.readWithin('', { windowMs: DAY_MS }));
      await expectCode('invalid_amount', counters.addWithin('a', { windowMs: DAY_MS, by: 0.5 }));
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, 0);
    },
  },
];
