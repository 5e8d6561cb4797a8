import assert from 'node:assert/strict';
import { bucketOf } from '../../src/keys.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

/** The same session under another id. */
export const sessionRotateCases: readonly StateCase[] = [
  {
    name: 'session rotate: everything but the id stays',
    async run(make) {
      const { state, sessionTtlMs } = await make();
      const opened = await state.sessions.open({ name: 'Ann' }, { visits: 2 });
      const set = await state.sessions.set(opened.id, { age: 7 });
      const rotated = await state.sessions.rotate(opened.id);
      assert.ok(rotated !== undefined);
      assert.notEqual(rotated.id, opened.id);
      assert.notEqual(rotated.publicId, opened.publicId);
      assert.equal(bucketOf(rotated.id), bucketOf(opened.id));
      assert.deepEqual([rotated.data, rotated.count, rotated.version], [{ name: 'Ann', age: 7 }, 2, set?.version]);
      assert.deepEqual([rotated.createdAtMs, rotated.ttlMs], [opened.createdAtMs, sessionTtlMs]);
      const found = await state.sessions.find(rotated.id);
      assert.deepEqual({ ...found, ttlMs: 0, endsInMs: 0 }, { ...rotated, ttlMs: 0, endsInMs: 0 });
      assert.equal(await state.sessions.visit(rotated.id), 3);
    },
  },
  {
    name: 'session rotate: what belongs to it is found by its origin, however often it moves',
    async run(make) {
      const { sessions } = (await make()).state;
      const opened = await sessions.open();
      const once = await sessions.rotate(opened.id);
      const twice = await sessions.rotate(once?.id ?? '');
      assert.equal(once?.originId, opened.publicId);
      assert.equal(twice?.originId, opened.publicId);
    },
  },
  {
    name: 'session rotate: the old id is dead at once, for every step',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id, version } = await sessions.open({ a: 1 });
      const next = (await sessions.rotate(id))?.id ?? '';
      assert.equal(await sessions.find(id), undefined);
      assert.equal(await sessions.visit(id), undefined);
      assert.equal(await sessions.touch(id), false);
      assert.equal(await sessions.set(id, { a: 2 }), undefined);
      assert.equal(await sessions.change(id, () => ({ a: 2 })), undefined);
      assert.equal(await sessions.rotate(id), undefined);
      assert.equal(await sessions.end(id), false);
      const found = await sessions.find(next);
      assert.deepEqual([found?.data, found?.count, found?.version], [{ a: 1 }, 0, version]);
    },
  },
  {
    name: 'session rotate: with a token the old id leads to the new one once more, and to nothing else',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open({ a: 1 });
      const [first, ...more] = await Promise.all(
        Array.from({ length: 5 }, () => sessions.rotate(id, { idempotencyToken: 'token' })),
      );
      assert.ok(first !== undefined);
      for (const each of more) assert.equal(each?.id, first.id);
      assert.equal(await sessions.rotate(id, { idempotencyToken: 'other' }), undefined);
      assert.equal(await sessions.rotate(id), undefined);
      assert.equal(await sessions.find(id), undefined);
      assert.equal(await sessions.visit(id), undefined);
      for (const idempotencyToken of ['', 'x'.repeat(129)]) {
        await expectCode('invalid_idempotency_token', sessions.rotate(id, { idempotencyToken }));
      }
      assert.equal(await sessions.end(first.id), true);
      assert.equal(await sessions.rotate(id, { idempotencyToken: 'token' }), undefined);
    },
  },
  {
    name: 'session rotate: of several at once one gets the session',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open();
      const rotated = await Promise.all(Array.from({ length: 10 }, () => sessions.rotate(id)));
      assert.equal(rotated.filter((each) => each !== undefined).length, 1);
    },
  },
  {
    name: 'session rotate: a write beside it is kept or refused, never lost',
    async run(make) {
      const { sessions } = (await make()).state;
      const { id } = await sessions.open();
      const set = (n: number) => sessions.set(id, { [`f${n}`]: n });
      const before = Array.from({ length: 10 }, (_none, n) => set(n));
      const rotated = sessions.rotate(id);
      const after = Array.from({ length: 10 }, (_none, n) => set(10 + n));
      const kept = (await Promise.all([...before, ...after])).filter((each) => each !== undefined).length;
      const found = await sessions.find((await rotated)?.id ?? '');
      assert.equal(Object.keys(found?.data ?? {}).length, kept);
    },
  },
  {
    name: 'session rotate: begins a new idle life, and moves the last end by nothing',
    async run(make) {
      const { state, sessionTtlMs, sessionMaxMs, pass } = await make();
      let { id } = await state.sessions.open();
      const move = async () => {
        const rotated = await state.sessions.rotate(id);
        assert.ok(rotated !== undefined, 'gone too early');
        ({ id } = rotated);
        return rotated;
      };
      for (let goneMs = 0; goneMs + sessionTtlMs / 2 < sessionMaxMs; goneMs += sessionTtlMs / 2) {
        await move();
        await pass(sessionTtlMs / 2);
      }
      const { ttlMs, endsInMs } = await move();
      assert.ok(ttlMs <= sessionTtlMs / 2 && endsInMs === ttlMs, `${ttlMs} ms left of a last half`);
      await pass(sessionTtlMs / 2);
      assert.equal(await state.sessions.rotate(id), undefined);
    },
  },
];
