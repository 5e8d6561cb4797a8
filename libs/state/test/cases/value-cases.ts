import assert from 'node:assert/strict';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

export const valueCases: readonly StateCase[] = [
  {
    name: 'value: reads what was written, its version grows, it stays without a lifetime',
    async run(make) {
      const { state, pass } = await make();
      assert.equal(await state.values.get('k'), undefined);
      const one = await state.values.put('k', 'one');
      const two = await state.values.put('k', 'two');
      assert.deepEqual([one.value, one.ttlMs, two.key, two.value, two.ttlMs], ['one', null, 'k', 'two', null]);
      assert.ok(Number.isSafeInteger(one.version) && one.version > 0 && two.version > one.version);
      await pass(366 * 86_400_000);
      assert.deepEqual({ ...(await state.values.get('k')), created: false }, two);
    },
  },
  {
    name: 'value: any text comes back as it was',
    async run(make) {
      const { values } = (await make()).state;
      for (const value of ['', ' ', '\0\r\n', '{"a":1}', 'grüße 👋 \u{10FFFF}', 'x'.repeat(65_536)]) {
        await values.put('k', value);
        assert.equal((await values.get('k'))?.value, value);
      }
    },
  },
  {
    name: 'value: goes after its lifetime',
    async run(make) {
      const { state, pass } = await make();
      const stored = await state.values.put('k', 'v', { ttlMs: 60_000 });
      assert.equal(stored.ttlMs, 60_000);
      await pass(45_000);
      const left = (await state.values.get('k'))?.ttlMs ?? 0;
      assert.ok(left > 0 && left <= 15_000, `${left} ms left`);
      await pass(15_000);
      assert.equal(await state.values.get('k'), undefined);
      assert.equal(await state.values.remove('k'), false);
      assert.deepEqual((await state.values.list()).keys, []);
    },
  },
  {
    name: 'value: the last write decides on the lifetime',
    async run(make) {
      const { state, pass } = await make();
      await state.values.put('stays', 'v', { ttlMs: 1_000 });
      await state.values.put('stays', 'v');
      await state.values.put('goes', 'v');
      await state.values.put('goes', 'v', { ttlMs: 1_000 });
      await pass(1_000);
      assert.equal((await state.values.get('stays'))?.ttlMs, null);
      assert.equal(await state.values.get('goes'), undefined);
    },
  },
  {
    name: 'value: ifVersion writes and removes that version only',
    async run(make) {
      const { values } = (await make()).state;
      await expectCode('version_conflict', values.put('k', 'v', { ifVersion: 1 }));
      const a = await values.put('k', 'a', { ifVersion: 'absent' });
      await expectCode('version_conflict', values.put('k', 'b', { ifVersion: 'absent' }));
      const b = await values.put('k', 'b', { ifVersion: a.version });
      await expectCode('version_conflict', values.put('k', 'c', { ifVersion: a.version }));
      await expectCode('version_conflict', values.remove('k', { ifVersion: a.version }));
      assert.deepEqual({ ...(await values.get('k')), created: false }, b);
      assert.equal(await values.remove('k', { ifVersion: b.version }), true);
      assert.equal(await values.get('k'), undefined);
    },
  },
  {
    name: 'value: of many that write over one version one wins',
    async run(make) {
      const { values } = (await make()).state;
      async function race(ifVersion: number | 'absent') {
        const writes = Array.from({ length: 20 }, (_none, n) => values.put('k', `${n}`, { ifVersion }));
        const won = (await Promise.allSettled(writes)).filter((end) => end.status === 'fulfilled');
        assert.equal(won.length, 1);
        const winner = won[0]?.value;
        assert.deepEqual({ ...(await values.get('k')), created: winner?.created }, winner);
        return winner?.version ?? 0;
      }
      await race(await race('absent'));
    },
  },
  {
    name: 'value: remove says whether something was there, and takes only it',
    async run(make) {
      const { values } = (await make()).state;
      await values.put('a', 'v');
      await values.put('b', 'v');
      assert.equal(await values.remove('a'), true);
      assert.equal(await values.remove('a'), false);
      assert.equal((await values.get('b'))?.value, 'v');
    },
  },
  {
    name: 'value: refuses keys, values, lifetimes and versions that it cannot hold',
    async run(make) {
      const { values } = (await make()).state;
      for (const key of ['', 'a b', 'a*', 'a{b}', 'ä', 'x'.repeat(129), '../../src/testing', '../../src']) {
        await expectCode('invalid_key', values.get(key));
        await expectCode('invalid_key', values.put(key, 'v'));
        await expectCode('invalid_key', values.remove(key));
      }
      await expectCode('value_too_large', values.put('k', 'x'.repeat(65_537)));
      await expectCode('invalid_value', values.put('k', '\uD800'));
      for (const ttlMs of [0, -1, 1.5, Number.NaN, 31_536_000_001]) {
        await expectCode('invalid_ttl', values.put('k', 'v', { ttlMs }));
      }
      for (const ifVersion of [0, -1, 1.5, Number.NaN]) {
        await expectCode('invalid_version', values.put('k', 'v', { ifVersion }));
        await expectCode('invalid_version', values.remove('k', { ifVersion }));
        await expectCode('invalid_version', values.put('k', 'v', { unlessVersion: [ifVersion] }));
      }
      assert.equal(await values.get('k'), undefined);
    },
  },
];
