import assert from 'node:assert/strict';
import { COUNT_MAX } from '../../src/counters/amount.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const HOUR_MS = 3_600_000;

export const counterCases: readonly StateCase[] = [
  {
    name: 'counter: stands at 0, moves by 1 or by what is said, also down',
    async run(make) {
      const { counters } = (await make()).state;
      assert.equal(await counters.read('a'), 0);
      assert.equal(await counters.add('a'), 1);
      assert.equal(await counters.add('a', 5), 6);
      assert.equal(await counters.add('a', -10), -4);
      assert.equal(await counters.add('a', 0), -4);
      assert.equal(await counters.read('a'), -4);
    },
  },
  {
    name: 'counter: each name is its own, and none is the global one',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a');
      await counters.add('global', 2);
      assert.equal(await counters.addGlobal(), 1);
      assert.equal(await counters.addGlobal(9), 10);
      assert.deepEqual(
        [
          await counters.read('a'),
          await counters.read('global'),
          await counters.read('A'),
          await counters.readGlobal(),
        ],
        [1, 2, 0, 10],
      );
    },
  },
  {
    name: 'counter: 100 parallel moves are each counted once',
    async run(make) {
      const { counters } = (await make()).state;
      const counts = await Promise.all(Array.from({ length: 100 }, () => counters.add('a')));
      assert.equal(new Set(counts).size, 100);
      assert.equal(await counters.read('a'), 100);
    },
  },
  {
    name: 'counter: never expires',
    async run(make) {
      const { state, pass } = await make();
      await state.counters.add('a');
      await state.counters.addGlobal();
      await pass(366 * 86_400_000);
      assert.equal(await state.counters.read('a'), 1);
      assert.equal(await state.counters.readGlobal(), 1);
    },
  },
  {
    name: 'counter: one that is made with a lifetime goes after it, however often it is moved, and stays once it is to',
    async run(make) {
      const { state, pass } = await make();
      const { counters } = state;
      const guest = { ttlMs: 2 * HOUR_MS };
      const token = (idempotencyToken: string) => ({ ...guest, idempotencyToken });
      await counters.add('there');
      for (const name of ['there', 'guest', 'kept']) assert.ok((await counters.add(name, 1, guest)) > 0);
      for (const name of ['there', 'guest-once', 'kept-once'])
        assert.ok((await counters.add(name, 1, token(name))) > 0);
      await counters.add('kept');
      await counters.add('kept-once', 1, { idempotencyToken: 'y' });
      await pass(HOUR_MS);
      for (const name of ['guest', 'guest-once', 'kept'])
        assert.equal(await counters.add(name, 2, guest), name === 'kept' ? 4 : 3);
      await pass(HOUR_MS);
      const read = await Promise.all(
        ['there', 'guest', 'guest-once', 'kept', 'kept-once'].map((name) => counters.read(name)),
      );
      assert.deepEqual(read, [3, 0, 0, 4, 2]);
      for (const ttlMs of [0, 0.5, 31_536_000_001]) await expectCode('invalid_ttl', counters.add('a', 1, { ttlMs }));
    },
  },
  {
    name: 'counter: makes none where it adds to existing ones only',
    async run(make) {
      const { counters } = (await make()).state;
      const only = { onlyExisting: true };
      const within = { windowMs: 24 * HOUR_MS };
      await expectCode('counter_missing', counters.add('a', 1, only));
      await expectCode('counter_missing', counters.add('a', 1, { ...only, idempotencyToken: 'x' }));
      await expectCode('counter_missing', counters.addWithin('a', { ...within, ...only }));
      await expectCode('counter_missing', counters.addWithin('a', { ...within, ...only, idempotencyToken: 'y' }));
      assert.equal(await counters.add('a', 1, { idempotencyToken: 'x' }), 1);
      assert.equal(await counters.add('a', 1, only), 2);
      // It was added with that token, whether the counter is there or not.
      assert.equal(await counters.add('a', 1, { ...only, idempotencyToken: 'x' }), 1);
      assert.equal((await counters.addWithin('a', within)).count, 1);
      assert.equal((await counters.addWithin('a', { ...within, ...only })).count, 2);
    },
  },
  {
    name: 'counter: refuses names and amounts that it cannot hold',
    async run(make) {
      const { counters } = (await make()).state;
      for (const name of ['', 'a b', 'a{b}', 'x'.repeat(129), '../../src']) {
        await expectCode('invalid_key', counters.add(name));
        await expectCode('invalid_key', counters.read(name));
      }
      for (const by of [0.5, Number.NaN, Infinity, 2 ** 53]) {
        await expectCode('invalid_amount', counters.add('a', by));
        await expectCode('invalid_amount', counters.addGlobal(by));
      }
      assert.equal(await counters.read('a'), 0);
    },
  },
  {
    name: 'counter: does not move to where a number would not be exact, and stays readable',
    async run(make) {
      const { counters } = (await make()).state;
      assert.equal(await counters.add('a', COUNT_MAX), COUNT_MAX);
      await expectCode('counter_overflow', counters.add('a'));
      assert.equal(await counters.read('a'), COUNT_MAX);
      assert.equal(await counters.add('a', -1), COUNT_MAX - 1);
      assert.equal(await counters.add('b', -COUNT_MAX), -COUNT_MAX);
      await expectCode('counter_overflow', counters.add('b', -1));
      assert.equal(await counters.read('b'), -COUNT_MAX);
      for (const by of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) {
        await expectCode('counter_overflow', counters.add('c', by));
        assert.equal(await counters.read('c'), 0);
      }
    },
  },
];
