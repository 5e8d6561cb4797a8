import assert from 'node:assert/strict';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const numbers = (length: number) => Array.from({ length }, (_none, n) => n);

/** Writes of single fields, which need no version. */
export const sessionSetCases: readonly StateCase[] = [
  {
    name: 'session set: sets its fields and no others, and moves the version',
    async run(make) {
      const { state, sessionTtlMs } = await make();
      const { id, version } = await state.sessions.open({ keep: 1, replace: 'a', drop: true });
      await state.sessions.visit(id);
      const stored = await state.sessions.set(id, { replace: 'b', fresh: [null] }, { remove: ['drop', 'never'] });
      assert.deepEqual(stored?.data, { keep: 1, replace: 'b', fresh: [null] });
      assert.ok(stored.version > version);
      assert.deepEqual([stored.count, stored.ttlMs], [1, sessionTtlMs]);
      const found = await state.sessions.find(id);
      assert.deepEqual({ ...found, ttlMs: 0, endsInMs: 0 }, { ...stored, ttlMs: 0, endsInMs: 0 });
    },
  },
  {
    name: 'session patch: does what set does, and tells whether there is a session',
    async run(make) {
      const { state, sessionTtlMs } = await make();
      const { id, version } = await state.sessions.open({ keep: 1, replace: 'a', drop: true });
      const fields = { replace: 'b', fresh: [null] };
      assert.equal(await state.sessions.patch(id, fields, { remove: ['drop', 'never'] }), true);
      const found = await state.sessions.find(id);
      assert.deepEqual(found?.data, { keep: 1, ...fields });
      assert.ok(found.version > version && found.ttlMs <= sessionTtlMs);
      await expectCode('invalid_session_data', state.sessions.patch(id, { much: 'x'.repeat(16_384) }));
      await state.sessions.end(id);
      assert.equal(await state.sessions.patch(id, fields), false);
      assert.equal(await state.sessions.find(id), undefined);
    },
  },
  {
    name: 'session set: a field that is set and removed is set',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open({ a: 1 });
      assert.deepEqual((await sessions.set(id, { a: 2 }, { remove: ['a'] }))?.data, { a: 2 });
    },
  },
  {
    name: 'session set: the names of the record are names as others',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open();
      const data = { count: 'c', version: 'v', until: 'u', created: 'x', ended: 'e', origin: 'o', 'd:': 'd' };
      const stored = await sessions.set(id, data);
      assert.deepEqual([stored?.data, stored?.count], [data, 0]);
      const removed = await sessions.set(id, {}, { remove: ['until', 'version'] });
      assert.ok(removed !== undefined && removed.version > Number(stored?.version));
      assert.equal(await sessions.visit(id), 1);
    },
  },
  {
    name: 'session set: a writer loses no other writer its field: 100 at once, 100 kept',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open();
      await Promise.all(numbers(100).map((n) => sessions.set(id, { [`f${n}`]: n })));
      const found = await sessions.find(id);
      assert.deepEqual(found?.data, Object.fromEntries(numbers(100).map((n) => [`f${n}`, n])));
    },
  },
  {
    name: 'session set: of many writers of one field one wins, and each has counted',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open();
      const versions = await Promise.all(numbers(20).map(async (n) => (await sessions.set(id, { a: n }))?.version));
      assert.equal(new Set(versions).size, 20);
      const last = versions.indexOf(Math.max(...versions.map(Number)));
      assert.deepEqual((await sessions.find(id))?.data, { a: last });
    },
  },
  {
    name: 'session set: a change of what was read before is refused',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id, version } = await sessions.open({ a: 1 });
      await sessions.set(id, { b: 1 });
      await expectCode(
        'version_conflict',
        sessions.change(id, () => ({ a: 2 }), { ifVersion: version }),
      );
      assert.deepEqual((await sessions.find(id))?.data, { a: 1, b: 1 });
    },
  },
  {
    name: 'session set: the bounds hold over all fields, however they came',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open(Object.fromEntries(numbers(128).map((n) => [`f${n}`, n])));
      await expectCode('invalid_session_data', sessions.set(id, { more: 1 }));
      assert.ok(await sessions.set(id, { more: 1 }, { remove: ['f0'] }));
      const last = await sessions.set(id, { f1: 'x'.repeat(15_000) });
      assert.ok(last !== undefined);
      await expectCode('invalid_session_data', sessions.set(id, { f2: 'ü'.repeat(700) }));
      const found = await sessions.find(id);
      assert.deepEqual([found?.version, found?.data['f2']], [last.version, 2]);
      await expectCode('invalid_session_data', sessions.set(id, {}, { remove: [''] }));
    },
  },
];
