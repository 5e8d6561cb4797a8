import assert from 'node:assert/strict';
import type { Values } from '../../src/values/values.ts';
import type { Precondition } from '../../src/values/precondition.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

/** Writes often enough that a counter which begins anew would come by an old version again. */
async function versionsOf(values: Values, writes: number): Promise<number[]> {
  const versions: number[] = [];
  for (let n = 0; n < writes; n += 1) versions.push((await values.put('k', 'v', { ttlMs: 60_000 })).version);
  return versions;
}

export const valueVersionCases: readonly StateCase[] = [
  {
    name: 'value version: grows on, also after the value was removed or has expired, so an old one fits nothing new',
    async run(make) {
      const { state, pass } = await make();
      const { values } = state;
      const versions = await versionsOf(values, 3);
      await values.remove('k');
      versions.push(...(await versionsOf(values, 3)));
      await pass(60_000);
      versions.push(...(await versionsOf(values, 3)));
      assert.deepEqual(
        versions,
        [...new Set(versions)].toSorted((a, b) => a - b),
      );
      for (const ifVersion of versions.slice(0, -1)) {
        await expectCode('version_conflict', values.put('k', 'late', { ifVersion }));
        await expectCode('version_conflict', values.remove('k', { ifVersion }));
      }
      assert.equal(await values.remove('k', { ifVersion: versions.at(-1) ?? 0 }), true);
    },
  },
  {
    name: 'value version: lists, anything and nothing are conditions too',
    async run(make) {
      const { values } = (await make()).state;
      let { version } = await values.put('k', 'v');
      const fits = async (precondition: Precondition) => ({ version } = await values.put('k', 'v', precondition));
      const fails = (precondition: Precondition) => expectCode('version_conflict', values.put('k', 'x', precondition));

      await fits({ ifVersion: [1, version, 2] });
      await fits({ ifVersion: 'present' });
      await fits({ unlessVersion: [1, 2] });
      await fits({ ifVersion: version, unlessVersion: 1 });
      await fails({ ifVersion: [] });
      await fails({ ifVersion: [1, 2] });
      await fails({ unlessVersion: [1, version] });
      await fails({ unlessVersion: 'present' });
      await fails({ ifVersion: version, unlessVersion: 'present' });
      await expectCode('version_conflict', values.remove('k', { unlessVersion: version }));
      await expectCode('version_conflict', values.remove('k', { ifVersion: 'absent' }));
      assert.deepEqual(await values.get('k'), { key: 'k', value: 'v', version, ttlMs: null });
      assert.equal(await values.remove('k', { ifVersion: 'present' }), true);

      await fails({ ifVersion: 'present' });
      await fails({ ifVersion: version });
      await fits({ unlessVersion: version });
    },
  },
  {
    name: 'value: a write tells whether it created, one of many at once, and anew after a removal or expiry',
    async run(make) {
      const { state, pass } = await make();
      const { values } = state;
      const writes = await Promise.all(Array.from({ length: 10 }, () => values.put('k', 'v', { ttlMs: 60_000 })));
      assert.equal(writes.filter(({ created }) => created).length, 1);
      assert.equal((await values.put('k', 'v', { ttlMs: 60_000 })).created, false);
      await pass(60_000);
      assert.equal((await values.put('k', 'v')).created, true);
      await values.remove('k');
      assert.equal((await values.put('k', 'v', { ifVersion: 'absent' })).created, true);
    },
  },
  {
    name: 'value version: a removal of what is gone answers false, whatever its condition',
    async run(make) {
      const { values } = (await make()).state;
      const { version } = await values.put('k', 'v');
      assert.equal(await values.remove('k', { ifVersion: version }), true);
      assert.equal(await values.remove('k', { ifVersion: version }), false);
      assert.equal(await values.remove('k', { ifVersion: 'present' }), false);
      assert.equal(await values.remove('k'), false);
    },
  },
];
