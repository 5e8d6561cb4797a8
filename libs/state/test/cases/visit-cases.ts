import assert from 'node:assert/strict';
import type { StateCase } from './case.ts';

const UNKNOWN_ID = 'A'.repeat(22);
const MALFORMED_IDS = ['', 'x', 'A'.repeat(23), `${'A'.repeat(21)}}`];

const upTo = (n: number): number[] => Array.from({ length: n }, (_none, at) => at + 1);
const sorted = (counts: readonly (number | undefined)[]): number[] => counts.map(Number).toSorted((a, b) => a - b);

export const visitCases: readonly StateCase[] = [
  {
    name: 'visit: the first one opens a session that stands at 1, and counts over all',
    async run(make) {
      const { state, sessionTtlMs } = await make();
      const first = await state.visits.open();
      assert.deepEqual([first.sessionCount, first.globalCount, first.session.count], [1, 1, 1]);
      assert.ok(first.session.ttlMs > 0 && first.session.ttlMs <= sessionTtlMs);
      assert.equal((await state.sessions.find(first.session.id))?.count, 1);
      assert.deepEqual(await state.visits.count(first.session.id), { sessionCount: 2, globalCount: 2 });
      assert.equal((await state.visits.open()).globalCount, 3);
    },
  },
  {
    name: 'visit: moves the same counts as sessions and counters do, and no version',
    async run(make) {
      const { state } = await make();
      const { id, version } = await state.sessions.open({ name: 'Ann' });
      assert.equal(await state.sessions.visit(id), 1);
      await state.counters.addGlobal(5);
      assert.deepEqual(await state.visits.count(id), { sessionCount: 2, globalCount: 6 });
      const found = await state.sessions.find(id);
      assert.deepEqual([found?.count, found?.version, found?.data], [2, version, { name: 'Ann' }]);
      assert.equal(await state.counters.readGlobal(), 6);
    },
  },
  {
    name: 'visit: 100 parallel ones of a session are counted 1 to 100, in order',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open();
      const counts = await Promise.all(upTo(100).map(() => state.visits.count(id)));
      assert.deepEqual(
        counts.map((each) => each?.sessionCount),
        upTo(100),
      );
      assert.deepEqual(sorted(counts.map((each) => each?.globalCount)), upTo(100));
      assert.equal(await state.counters.readGlobal(), 100);
    },
  },
  {
    name: 'visit: 700 parallel ones of 70 sessions are each counted once',
    async run(make) {
      const { state } = await make();
      const opened = await Promise.all(upTo(70).map(() => state.sessions.open()));
      const ids = upTo(10).flatMap(() => opened.map(({ id }) => id));
      const counts = await Promise.all(ids.map((id) => state.visits.count(id)));
      assert.deepEqual(sorted(counts.map((each) => each?.globalCount)), upTo(700));
      for (const { id } of opened) {
        const own = counts.filter((_count, at) => ids[at] === id);
        assert.deepEqual(
          own.map((each) => each?.sessionCount),
          upTo(10),
        );
        assert.equal((await state.sessions.find(id))?.count, 10);
      }
    },
  },
  {
    name: 'visit: a session that is not there counts nowhere, whoever else visits in the same moment',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open();
      const { id: ended } = await state.sessions.open();
      await state.sessions.end(ended);
      const absent = [UNKNOWN_ID, ended, ...MALFORMED_IDS];
      const counts = await Promise.all([id, ...absent, id].map((each) => state.visits.count(each)));
      assert.deepEqual(
        counts.map((each) => each?.sessionCount),
        [1, ...absent.map(() => undefined), 2],
      );
      assert.deepEqual([counts.at(0)?.globalCount, counts.at(-1)?.globalCount], [1, 2]);
      assert.equal(await state.counters.readGlobal(), 2);
      for (const each of absent) assert.equal(await state.sessions.find(each), undefined);
    },
  },
  {
    name: 'visit: keeps the session alive, and not past its last end',
    async run(make) {
      const { state, sessionTtlMs, sessionMaxMs, pass } = await make();
      const { session } = await state.visits.open();
      const stepMs = sessionTtlMs * 0.75;
      const steps = Math.floor(sessionMaxMs / stepMs);
      for (let step = 1; step <= steps; step += 1) {
        await pass(stepMs);
        const lives = step * stepMs < sessionMaxMs;
        assert.equal((await state.visits.count(session.id))?.sessionCount, lives ? step + 1 : undefined);
      }
      await pass(sessionTtlMs);
      assert.equal(await state.visits.count(session.id), undefined);
      assert.equal(await state.sessions.find(session.id), undefined);
    },
  },
];
