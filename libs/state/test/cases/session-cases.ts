import assert from 'node:assert/strict';
import { publicSessionId } from '../../src/sessions/session-id.ts';
import type { Session } from '../../src/sessions/sessions.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const UNKNOWN_ID = 'A'.repeat(22);
const HALF_NAME = { '\uD800': 1 };
const MALFORMED_IDS = ['', 'x', 'A'.repeat(23), '*'.repeat(22), `${'A'.repeat(21)}}`, `${'A'.repeat(22)}\n`];

/** All but what time takes away. */
const timeless = (session: Session) => ({ ...session, ttlMs: 0, endsInMs: 0 });

/** What sessions do while they live. Their end is in `sessionEndCases`, changes are in `sessionChangeCases`. */
export const sessionCases: readonly StateCase[] = [
  {
    name: 'session: opens with the data, no visits, a version and a whole life',
    async run(make) {
      const { state, sessionTtlMs, sessionMaxMs } = await make();
      const opened = await state.sessions.open({ name: 'Ann', tags: ['a', { deep: null }], on: true, n: 1.5 });
      assert.match(opened.id, /^[A-Za-z0-9_-]{22}$/);
      assert.equal(opened.publicId, publicSessionId(opened.id));
      assert.equal(opened.originId, opened.publicId);
      assert.deepEqual([opened.ttlMs, opened.endsInMs], [sessionTtlMs, sessionMaxMs]);
      assert.deepEqual([opened.count, opened.version > 0], [0, true]);
      const found = await state.sessions.find(opened.id);
      assert.ok(found !== undefined && found.ttlMs > 0 && found.ttlMs <= sessionTtlMs);
      assert.ok(found.endsInMs > 0 && found.endsInMs <= sessionMaxMs);
      assert.deepEqual(timeless(found), timeless(opened));
      assert.deepEqual(found.data, { name: 'Ann', tags: ['a', { deep: null }], on: true, n: 1.5 });
    },
  },
  {
    name: 'session: an opening may be the first visit',
    async run(make) {
      const { state } = await make();
      const { id, count } = await state.sessions.open({}, { visits: 1 });
      assert.equal(count, 1);
      assert.equal((await state.sessions.find(id))?.count, 1);
      assert.equal(await state.sessions.visit(id), 2);
    },
  },
  {
    name: 'session: opens under an id of the caller, unless a session or the tombstone of one has it',
    async run(make) {
      const { state } = await make();
      const opened = await state.sessions.openAs(UNKNOWN_ID, { name: 'Ann' });
      assert.deepEqual([opened?.id, opened?.count, opened?.data], [UNKNOWN_ID, 0, { name: 'Ann' }]);
      assert.equal(await state.sessions.openAs(UNKNOWN_ID, { name: 'Bob' }), undefined);
      assert.deepEqual((await state.sessions.find(UNKNOWN_ID))?.data, { name: 'Ann' });
      await state.sessions.end(UNKNOWN_ID);
      assert.equal(await state.sessions.openAs(UNKNOWN_ID), undefined);
      assert.equal(await state.sessions.find(UNKNOWN_ID), undefined);
      for (const id of MALFORMED_IDS) await expectCode('invalid_key', state.sessions.openAs(id));
    },
  },
  {
    name: 'session: each has its own id, and its public id does not tell it',
    async run(make) {
      const { state } = await make();
      const opened = await Promise.all(Array.from({ length: 20 }, () => state.sessions.open()));
      assert.equal(new Set(opened.map(({ id }) => id)).size, 20);
      for (const { id, publicId } of opened) {
        assert.match(publicId, /^[0-9a-f]{32}$/);
        assert.ok(!publicId.includes(id));
      }
    },
  },
  {
    name: 'session: 100 parallel visits are counted 1 to 100, and change no version',
    async run(make) {
      const { state } = await make();
      const { id, version } = await state.sessions.open();
      const counts = await Promise.all(Array.from({ length: 100 }, () => state.sessions.visit(id)));
      const sorted = counts.map(Number).toSorted((a, b) => a - b);
      assert.deepEqual(
        sorted,
        Array.from({ length: 100 }, (_none, n) => n + 1),
      );
      const found = await state.sessions.find(id);
      assert.deepEqual([found?.count, found?.version], [100, version]);
    },
  },
  {
    name: 'session: sessions do not see each other',
    async run(make) {
      const { state } = await make();
      const [ann, bob] = [await state.sessions.open({ name: 'Ann' }), await state.sessions.open({ name: 'Bob' })];
      await state.sessions.visit(ann.id);
      await state.sessions.change(ann.id, () => ({ name: 'Anna' }));
      const found = await state.sessions.find(bob.id);
      assert.deepEqual([found?.data, found?.count, found?.version], [{ name: 'Bob' }, 0, bob.version]);
      assert.equal(await state.sessions.visit(bob.id), 1);
    },
  },
  {
    name: 'session: what the caller holds is a copy',
    async run(make) {
      const { state } = await make();
      const list = ['a'];
      const opened = await state.sessions.open({ list });
      list.push('b');
      assert.deepEqual((await state.sessions.find(opened.id))?.data, { list: ['a'] });
      (opened.data['list'] as string[]).push('c');
      assert.deepEqual((await state.sessions.find(opened.id))?.data, { list: ['a'] });
    },
  },
  {
    name: 'session: an id that is unknown or malformed is no error',
    async run(make) {
      const { state } = await make();
      for (const id of [UNKNOWN_ID, ...MALFORMED_IDS]) {
        assert.equal(await state.sessions.find(id), undefined);
        assert.equal(await state.sessions.visit(id), undefined);
        assert.equal(await state.sessions.touch(id), false);
        assert.equal(await state.sessions.set(id, { a: 1 }), undefined);
        assert.equal(await state.sessions.change(id, (data) => data), undefined);
        assert.equal(await state.sessions.rotate(id), undefined);
        assert.equal(await state.sessions.end(id), false);
        assert.equal(await state.sessions.find(id), undefined);
      }
    },
  },
  {
    name: 'session: refuses data that is too much or that JSON would lose',
    async run(make) {
      const { state } = await make();
      const many = Object.fromEntries(Array.from({ length: 129 }, (_none, n) => [`f${n}`, n]));
      const { id } = await state.sessions.open();
      for (const data of [
        many,
        { text: 'x'.repeat(16_384) },
        { ['n'.repeat(65)]: 1 },
        { '': 1 },
        { n: Number.NaN },
        HALF_NAME,
      ]) {
        await expectCode('invalid_session_data', state.sessions.open(data));
        await expectCode('invalid_session_data', state.sessions.set(id, data));
        await expectCode(
          'invalid_session_data',
          state.sessions.change(id, () => data),
        );
      }
      assert.deepEqual((await state.sessions.find(id))?.data, {});
    },
  },
];
