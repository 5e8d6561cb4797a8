import assert from 'node:assert/strict';
import type { SessionData } from '../../src/sessions/sessions.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const increment = (data: SessionData): SessionData => ({ ...data, n: Number(data['n'] ?? 0) + 1 });

export const sessionChangeCases: readonly StateCase[] = [
  {
    name: 'session change: sets, replaces and drops fields, and moves the version',
    async run(make) {
      const { state, sessionTtlMs } = await make();
      const { id, version } = await state.sessions.open({ keep: 1, replace: 'a', drop: true });
      await state.sessions.visit(id);
      const changed = await state.sessions.change(id, ({ keep = 0 }) => ({ keep, replace: 'b', count: 'mine' }));
      assert.deepEqual(changed?.data, { keep: 1, replace: 'b', count: 'mine' });
      assert.ok(changed.version > version);
      assert.deepEqual([changed.count, changed.ttlMs], [1, sessionTtlMs]);
      const found = await state.sessions.find(id);
      assert.deepEqual({ ...found, ttlMs: 0, endsInMs: 0 }, { ...changed, ttlMs: 0, endsInMs: 0 });
    },
  },
  {
    name: 'session change: parallel changes are all kept',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open();
      await Promise.all(Array.from({ length: 8 }, () => state.sessions.change(id, increment)));
      const found = await state.sessions.find(id);
      assert.deepEqual(found?.data, { n: 8 });
    },
  },
  {
    name: 'session change: goes through while visits are counted',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open();
      const visits = Array.from({ length: 50 }, () => state.sessions.visit(id));
      const changes = Array.from({ length: 4 }, () => state.sessions.change(id, increment));
      await Promise.all([...visits, ...changes]);
      const found = await state.sessions.find(id);
      assert.deepEqual([found?.data, found?.count], [{ n: 4 }, 50]);
    },
  },
  {
    name: 'session change: with ifVersion only that version, once',
    async run(make) {
      const { state } = await make();
      const { id, version } = await state.sessions.open();
      const changed = await state.sessions.change(id, increment, { ifVersion: version });
      assert.ok(changed !== undefined && changed.version > version);
      let edits = 0;
      const edit = (data: SessionData) => {
        edits += 1;
        return data;
      };
      await expectCode('version_conflict', state.sessions.change(id, edit, { ifVersion: version }));
      assert.equal(edits, 0);
      const ends = await Promise.allSettled(
        Array.from({ length: 5 }, () => state.sessions.change(id, increment, { ifVersion: changed.version })),
      );
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.ok(Number((await state.sessions.find(id))?.version) > changed.version);
    },
  },
  {
    name: 'session change: an edit that throws changes nothing',
    async run(make) {
      const { state } = await make();
      const { id, version } = await state.sessions.open({ a: 1 });
      const fault = new RangeError('no');
      const fail = () => {
        throw fault;
      };
      await assert.rejects(state.sessions.change(id, fail), (error) => error === fault);
      const found = await state.sessions.find(id);
      assert.deepEqual([found?.data, found?.version], [{ a: 1 }, version]);
    },
  },
  {
    name: 'session change: an edit that answers a promise changes nothing',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open({ a: 1 });
      const edit = (async (data: SessionData) => data) as unknown as (data: SessionData) => SessionData;
      await expectCode('invalid_session_data', state.sessions.change(id, edit));
      assert.deepEqual((await state.sessions.find(id))?.data, { a: 1 });
    },
  },
];
