import assert from 'node:assert/strict';
import { COUNT_MAX } from '../../src/counters/amount.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const DAY_MS = 86_400_000;

export const counterOnceCases: readonly StateCase[] = [
  {
    name: 'counter once: the first add with a mark moves the counter, later ones answer what it answered',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', 10);
      assert.equal(await counters.add('a', 1, { once: 'x' }), 11);
      await counters.add('a', 5);
      assert.equal(await counters.add('a', 1, { once: 'x' }), 11);
      assert.equal(await counters.add('a', 1, { once: 'y' }), 17);
      assert.equal(await counters.read('a'), 17);
    },
  },
  {
    name: 'counter once: of many adds with one mark at once one moves the counter',
    async run(make) {
      const { counters } = (await make()).state;
      const adds = Array.from({ length: 50 }, () => counters.add('a', 3, { once: 'x' }));
      assert.deepEqual(new Set(await Promise.all(adds)), new Set([3]));
      assert.equal(await counters.read('a'), 3);
    },
  },
  {
    name: 'counter once: each counter has its own marks, and a window its own',
    async run(make) {
      const { counters } = (await make()).state;
      const once = 'x';
      assert.equal(await counters.add('a', 1, { once }), 1);
      assert.equal(await counters.add('b', 1, { once }), 1);
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS, once })).count, 1);
      assert.equal((await counters.addWithin('a', { windowMs: 2 * DAY_MS, once })).count, 1);
      assert.deepEqual([await counters.read('a'), await counters.read('b')], [1, 1]);
    },
  },
  {
    name: 'counter once: a mark that was used for another amount moves nothing',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', 2, { once: 'x' });
      await counters.addWithin('a', { windowMs: DAY_MS, by: 2, once: 'x' });
      await expectCode('once_reused', counters.add('a', 3, { once: 'x' }));
      await expectCode('once_reused', counters.addWithin('a', { windowMs: DAY_MS, once: 'x' }));
      assert.equal(await counters.read('a'), 2);
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, 2);
    },
  },
  {
    name: 'counter once: a mark is kept for 24 hours from its move on, and then goes',
    async run(make) {
      const { state, pass } = await make();
      await state.counters.add('a', 1, { once: 'x' });
      await pass(DAY_MS - 60_000);
      assert.equal(await state.counters.add('a', 1, { once: 'x' }), 1);
      await pass(60_000);
      assert.equal(await state.counters.add('a', 1, { once: 'x' }), 2);
    },
  },
  {
    name: 'counter once: what is refused leaves no mark, so it may still be done',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', COUNT_MAX);
      await expectCode('counter_overflow', counters.add('a', 2, { once: 'x' }));
      assert.equal(await counters.add('a', -2), COUNT_MAX - 2);
      assert.equal(await counters.add('a', 2, { once: 'x' }), COUNT_MAX);
      assert.equal(await counters.add('a', 2, { once: 'x' }), COUNT_MAX);
    },
  },
  {
    name: 'counter once: refuses marks that it cannot hold, and takes any text',
    async run(make) {
      const { counters } = (await make()).state;
      for (const once of ['', 'x'.repeat(129)]) {
        await expectCode('invalid_once', counters.add('a', 1, { once }));
        await expectCode('invalid_once', counters.addWithin('a', { windowMs: DAY_MS, once }));
      }
      const texts = [' ', '{c}', 'ä', '\0', '\uD800', '\uD801', 'x'.repeat(128)];
      for (const [at, once] of texts.entries()) assert.equal(await counters.add('a', 1, { once }), at + 1);
    },
  },
];
