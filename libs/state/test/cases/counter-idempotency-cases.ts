import assert from 'node:assert/strict';
import { COUNT_MAX } from '../../src/counters/amount.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const DAY_MS = 86_400_000;

export const counterIdempotencyCases: readonly StateCase[] = [
  {
    name: 'counter idempotency: the first add with a token moves the counter, later ones answer what it answered',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', 10);
      assert.equal(await counters.add('a', 1, { idempotencyToken: 'x' }), 11);
      await counters.add('a', 5);
      assert.equal(await counters.add('a', 1, { idempotencyToken: 'x' }), 11);
      assert.equal(await counters.add('a', 1, { idempotencyToken: 'y' }), 17);
      assert.equal(await counters.read('a'), 17);
    },
  },
  {
    name: 'counter idempotency: of many adds with one token at once one moves the counter',
    async run(make) {
      const { counters } = (await make()).state;
      const adds = Array.from({ length: 50 }, () => counters.add('a', 3, { idempotencyToken: 'x' }));
      assert.deepEqual(new Set(await Promise.all(adds)), new Set([3]));
      assert.equal(await counters.read('a'), 3);
    },
  },
  {
    name: 'counter idempotency: each counter has its own tokens, and a window its own',
    async run(make) {
      const { counters } = (await make()).state;
      const idempotencyToken = 'x';
      assert.equal(await counters.add('a', 1, { idempotencyToken }), 1);
      assert.equal(await counters.add('b', 1, { idempotencyToken }), 1);
      assert.equal((await counters.addWithin('a', { windowMs: DAY_MS, idempotencyToken })).count, 1);
      assert.equal((await counters.addWithin('a', { windowMs: 2 * DAY_MS, idempotencyToken })).count, 1);
      assert.deepEqual([await counters.read('a'), await counters.read('b')], [1, 1]);
    },
  },
  {
    name: 'counter idempotency: a token that was used for another amount moves nothing',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', 2, { idempotencyToken: 'x' });
      await counters.addWithin('a', { windowMs: DAY_MS, by: 2, idempotencyToken: 'x' });
      await expectCode('idempotency_token_reused', counters.add('a', 3, { idempotencyToken: 'x' }));
      await expectCode(
        'idempotency_token_reused',
        counters.addWithin('a', { windowMs: DAY_MS, idempotencyToken: 'x' }),
      );
      assert.equal(await counters.read('a'), 2);
      assert.equal((await counters.readWithin('a', { windowMs: DAY_MS })).count, 2);
    },
  },
  {
    name: 'counter idempotency: a token is kept for 24 hours from its move on, and then goes',
    async run(make) {
      const { state, pass } = await make();
      await state.counters.add('a', 1, { idempotencyToken: 'x' });
      await pass(DAY_MS - 60_000);
      assert.equal(await state.counters.add('a', 1, { idempotencyToken: 'x' }), 1);
      await pass(60_000);
      assert.equal(await state.counters.add('a', 1, { idempotencyToken: 'x' }), 2);
    },
  },
  {
    name: 'counter idempotency: what is refused leaves no token, so it may still be done',
    async run(make) {
      const { counters } = (await make()).state;
      await counters.add('a', COUNT_MAX);
      await expectCode('counter_overflow', counters.add('a', 2, { idempotencyToken: 'x' }));
      assert.equal(await counters.add('a', -2), COUNT_MAX - 2);
      assert.equal(await counters.add('a', 2, { idempotencyToken: 'x' }), COUNT_MAX);
      assert.equal(await counters.add('a', 2, { idempotencyToken: 'x' }), COUNT_MAX);
    },
  },
  {
    name: 'counter idempotency: refuses tokens that it cannot hold, and takes any text',
    async run(make) {
      const { counters } = (await make()).state;
      for (const idempotencyToken of ['', 'x'.repeat(129)]) {
        await expectCode('invalid_idempotency_token', counters.add('a', 1, { idempotencyToken }));
        await expectCode('invalid_idempotency_token', counters.addWithin('a', { windowMs: DAY_MS, idempotencyToken }));
      }
      const texts = [' ', '{c}', 'ä', '\0', '\uD800', '\uD801', 'x'.repeat(128)];
      for (const [at, idempotencyToken] of texts.entries())
        assert.equal(await counters.add('a', 1, { idempotencyToken }), at + 1);
    },
  },
];
