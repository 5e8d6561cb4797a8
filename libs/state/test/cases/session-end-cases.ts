import assert from 'node:assert/strict';
import type { ChangeOptions, SessionData, Sessions } from '../../src/sessions/sessions.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

/** Every step that must keep a session alive. */
const keptAliveBy: Readonly<Record<string, (sessions: Sessions, id: string) => Promise<unknown>>> = {
  touch: (sessions, id) => sessions.touch(id),
  visit: (sessions, id) => sessions.visit(id),
  set: (sessions, id) => sessions.set(id, { at: 'x' }),
  change: (sessions, id) => sessions.change(id, (data): SessionData => ({ ...data, at: 'x' })),
};

/** How sessions end: alone after their time, or when they are told to. */
export const sessionEndCases: readonly StateCase[] = [
  ...Object.entries(keptAliveBy).map(([name, step]): StateCase => ({
    name: `session: ${name} keeps it alive for a whole life, no longer`,
    async run(make) {
      const { state, sessionTtlMs, pass } = await make();
      const { id } = await state.sessions.open();
      await pass(sessionTtlMs * 0.75);
      assert.ok(await step(state.sessions, id));
      await pass(sessionTtlMs * 0.75);
      const found = await state.sessions.find(id);
      assert.ok(found !== undefined, 'it is gone too early');
      assert.ok(found.ttlMs <= sessionTtlMs * 0.25, `${found.ttlMs} ms left, the time passes too slowly`);
      await pass(sessionTtlMs * 0.25);
      assert.equal(await state.sessions.find(id), undefined);
    },
  })),
  {
    name: 'session: reading does not keep it alive',
    async run(make) {
      const { state, sessionTtlMs, pass } = await make();
      const { id } = await state.sessions.open();
      await pass(sessionTtlMs * 0.75);
      assert.ok(await state.sessions.find(id));
      await pass(sessionTtlMs * 0.25);
      assert.equal(await state.sessions.find(id), undefined);
    },
  },
  {
    name: 'session: nothing wakes an expired one',
    async run(make) {
      const { state, sessionTtlMs, pass } = await make();
      const { id } = await state.sessions.open({ a: 1 });
      await pass(sessionTtlMs);
      assert.equal(await state.sessions.touch(id), false);
      assert.equal(await state.sessions.visit(id), undefined);
      assert.equal(await state.sessions.set(id, { b: 2 }), undefined);
      assert.equal(await state.sessions.change(id, () => ({ b: 2 })), undefined);
      assert.equal(await state.sessions.rotate(id), undefined);
      assert.equal(await state.sessions.end(id), false);
      assert.equal(await state.sessions.find(id), undefined);
    },
  },
  ...Object.entries(keptAliveBy).map(([name, step]): StateCase => ({
    name: `session: ${name} moves its last end by nothing`,
    async run(make) {
      const { state, sessionTtlMs, sessionMaxMs, pass } = await make();
      const { id } = await state.sessions.open();
      for (let goneMs = 0; goneMs + sessionTtlMs / 2 < sessionMaxMs; goneMs += sessionTtlMs / 2) {
        assert.ok(await step(state.sessions, id), `gone after ${goneMs} ms`);
        await pass(sessionTtlMs / 2);
      }
      assert.ok(await step(state.sessions, id), 'gone too early');
      const found = await state.sessions.find(id);
      assert.ok(found !== undefined && found.ttlMs <= sessionTtlMs / 2, `${found?.ttlMs} ms left of a last half`);
      assert.ok(Math.abs(found.endsInMs - found.ttlMs) <= 2);
      await pass(sessionTtlMs / 2);
      assert.equal((await step(state.sessions, id)) || undefined, undefined);
      assert.equal(await state.sessions.find(id), undefined);
    },
  })),
  {
    name: 'session: end forgets it at once, and only it',
    async run(make) {
      const { state } = await make();
      const [ended, other] = [await state.sessions.open(), await state.sessions.open()];
      assert.equal(await state.sessions.end(ended.id), true);
      assert.equal(await state.sessions.end(ended.id), false);
      assert.equal(await state.sessions.visit(ended.id), undefined);
      assert.equal(await state.sessions.touch(ended.id), false);
      assert.equal(await state.sessions.find(ended.id), undefined);
      assert.equal(await state.sessions.visit(other.id), 1);
    },
  },
  {
    name: 'session: end with ifVersion ends only that version',
    async run(make) {
      const { state } = await make();
      const { id, version } = await state.sessions.open();
      const set = await state.sessions.set(id, { a: 1 });
      assert.ok(set !== undefined);
      await expectCode('version_conflict', state.sessions.end(id, { ifVersion: version }));
      assert.equal((await state.sessions.find(id))?.version, set.version);
      assert.equal(await state.sessions.end(id, { ifVersion: set.version }), true);
      assert.equal(await state.sessions.end(id, { ifVersion: set.version }), false);
    },
  },
  {
    name: 'session: change and end take lists, anything and nothing as conditions',
    async run(make) {
      const { sessions } = (await make()).state;
      const opened = await sessions.open({ a: 0 });
      const { id } = opened;
      let { version } = opened;
      const change = (condition: ChangeOptions) =>
        sessions.change(id, (data): SessionData => ({ ...data, a: 1 }), condition);
      for (const condition of [
        (known: number) => ({ ifVersion: [1, known, 2] }),
        () => ({ ifVersion: 'present' as const }),
        () => ({ unlessVersion: [1, 2] }),
        (known: number) => ({ ifVersion: known, unlessVersion: 1 }),
      ])
        version = (await change(condition(version)))?.version ?? 0;
      assert.equal((await sessions.find(id))?.version, version);
      for (const condition of [
        { ifVersion: [] },
        { ifVersion: [1, 2] },
        { ifVersion: 'absent' },
        { unlessVersion: [1, version] },
        { unlessVersion: 'present' },
        { ifVersion: version, unlessVersion: version },
      ] as const) {
        await expectCode('version_conflict', change(condition));
        await expectCode('version_conflict', sessions.end(id, condition));
      }
      assert.equal((await sessions.find(id))?.version, version);
      assert.equal(await sessions.end(id, { ifVersion: [1, version], unlessVersion: [1] }), true);
      assert.equal(await sessions.end(id, { ifVersion: 'present' }), false);
      assert.equal(await sessions.end(id, { unlessVersion: 'present' }), false);
    },
  },
  {
    name: 'session: late writes of every kind do not wake one that has ended',
    async run(make) {
      const { sessions } = (await make()).state;
      for (let turn = 0; turn < 10; turn += 1) {
        const { id } = await sessions.open({ a: 1 });
        const writes = Array.from({ length: 10 }, (_none, n) => [
          sessions.set(id, { [`f${n}`]: n }),
          sessions.visit(id),
          sessions.touch(id),
          sessions.change(id, (data) => ({ ...data, n })).catch(() => undefined),
        ]).flat();
        // Late is what is sent after the answer: a node that does not know the script of the end yet gets it once more.
        assert.equal(await sessions.end(id), true);
        const late = [sessions.set(id, { late: true }), sessions.visit(id), sessions.rotate(id)];
        await Promise.all([...writes, ...late]);
        assert.deepEqual(await Promise.all(late), [undefined, undefined, undefined]);
        assert.equal(await sessions.find(id), undefined);
        assert.equal(await sessions.touch(id), false);
      }
    },
  },
  {
    name: 'session: one that ends during a change stays ended',
    async run(make) {
      const { state } = await make();
      const { id } = await state.sessions.open();
      let ended: Promise<boolean> | undefined;
      const changed = state.sessions.change(id, () => {
        ended ??= state.sessions.end(id);
        return { late: true };
      });
      await changed;
      assert.equal(await ended, true);
      assert.equal(await state.sessions.find(id), undefined);
    },
  },
];
