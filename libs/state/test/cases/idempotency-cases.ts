import assert from 'node:assert/strict';
import type { Begun, IdempotencyClaim } from '../../src/idempotency/idempotency.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const response = { status: 201, headers: { etag: '"1"' }, body: '{"a":"grüße 👋"}' };

const claimOf = (begun: Begun): IdempotencyClaim => {
  if (begun.kind !== 'mine') assert.fail(`it is ${begun.kind}, not mine`);
  return begun.claim;
};

export const idempotencyCases: readonly StateCase[] = [
  {
    name: 'idempotency: what was answered once is answered again, for 24 h',
    async run(make) {
      const { state, pass } = await make();
      const { idempotency } = state;
      assert.equal(await idempotency.finish(claimOf(await idempotency.begin('k', 'f')), response), true);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
      await pass(86_000_000);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
      await pass(400_000);
      assert.equal((await idempotency.begin('k', 'f')).kind, 'mine');
    },
  },
  {
    name: 'idempotency: one of many does it, the others learn that it is in flight, and for how long at most',
    async run(make) {
      const { idempotency } = (await make()).state;
      const begun = await Promise.all(Array.from({ length: 20 }, () => idempotency.begin('k', 'f')));
      assert.equal(begun.filter(({ kind }) => kind === 'mine').length, 1);
      for (const each of begun) {
        if (each.kind === 'mine') continue;
        assert.equal(each.kind, 'in-flight');
        const ms = each.kind === 'in-flight' ? each.retryAfterMs : 0;
        assert.ok(ms > 0 && ms <= 5_000, `${ms} ms`);
      }
    },
  },
  {
    name: 'idempotency: another request with the key is a mismatch, in flight and answered',
    async run(make) {
      const { idempotency } = (await make()).state;
      const claim = claimOf(await idempotency.begin('k', 'f'));
      assert.deepEqual(await idempotency.begin('k', 'other'), { kind: 'mismatch' });
      await idempotency.finish(claim, response);
      assert.deepEqual(await idempotency.begin('k', 'other'), { kind: 'mismatch' });
      assert.equal((await idempotency.begin('other', 'f')).kind, 'mine');
    },
  },
  {
    name: 'idempotency: what was abandoned is free at once, what was answered is not',
    async run(make) {
      const { idempotency } = (await make()).state;
      const first = claimOf(await idempotency.begin('k', 'f'));
      assert.equal(await idempotency.abandon(first), true);
      assert.equal(await idempotency.abandon(first), false);
      const second = claimOf(await idempotency.begin('k', 'f'));
      assert.equal(await idempotency.abandon(first), false);
      assert.equal((await idempotency.begin('k', 'f')).kind, 'in-flight');
      assert.equal(await idempotency.finish(second, response), true);
      assert.equal(await idempotency.finish(second, { ...response, body: 'another' }), false);
      assert.equal(await idempotency.abandon(second), false);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
    },
  },
  {
    name: 'idempotency: who is silent for 5 s loses the key, and its late answer replaces nobody’s',
    async run(make) {
      const { state, pass } = await make();
      const { idempotency } = state;
      const late = claimOf(await idempotency.begin('k', 'f'));
      await pass(5_000);
      const next = claimOf(await idempotency.begin('k', 'f'));
      assert.equal(await idempotency.finish(late, { ...response, body: 'late' }), false);
      assert.equal(await idempotency.abandon(late), false);
      assert.equal((await idempotency.begin('k', 'f')).kind, 'in-flight');
      assert.equal(await idempotency.finish(next, response), true);
      assert.equal(await idempotency.finish(late, { ...response, body: 'late' }), false);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
    },
  },
  {
    name: 'idempotency: a claim that is renewed lasts on, one that is lost or answered is renewed no more',
    async run(make) {
      const { state, pass } = await make();
      const { idempotency } = state;
      const claim = claimOf(await idempotency.begin('k', 'f'));
      for (let times = 0; times < 3; times += 1) {
        await pass(4_000);
        assert.equal(await idempotency.renew(claim), true);
      }
      assert.equal((await idempotency.begin('k', 'f')).kind, 'in-flight');
      await pass(5_000);
      assert.equal(await idempotency.renew(claim), false);
      const next = claimOf(await idempotency.begin('k', 'f'));
      assert.equal(await idempotency.renew(claim), false);
      assert.equal(await idempotency.finish(next, response), true);
      assert.equal(await idempotency.renew(next), false);
    },
  },
  {
    name: 'idempotency: an answer is stored for as long as its caller says, 24 h at most',
    async run(make) {
      const { state, pass } = await make();
      const { idempotency } = state;
      const claim = claimOf(await idempotency.begin('k', 'f'));
      for (const ttlMs of [999, 86_400_001, 1_000.5])
        await expectCode('invalid_idempotency', idempotency.finish(claim, response, { ttlMs }));
      assert.equal(await idempotency.finish(claim, response, { ttlMs: 60_000 }), true);
      await pass(50_000);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
      await pass(10_000);
      assert.equal((await idempotency.begin('k', 'f')).kind, 'mine');
    },
  },
  {
    name: 'idempotency: a late answer to a key that nobody took meanwhile is kept',
    async run(make) {
      const { state, pass } = await make();
      const { idempotency } = state;
      const late = claimOf(await idempotency.begin('k', 'f'));
      await pass(5_000);
      assert.equal(await idempotency.finish(late, response), true);
      assert.deepEqual(await idempotency.begin('k', 'f'), { kind: 'done', response });
      assert.deepEqual(await idempotency.begin('k', 'other'), { kind: 'mismatch' });
    },
  },
  {
    name: 'idempotency: refuses scopes and answers that it cannot hold',
    async run(make) {
      const { idempotency } = (await make()).state;
      await expectCode('invalid_idempotency', idempotency.begin('', 'f'));
      await expectCode('invalid_idempotency', idempotency.begin('x'.repeat(1_025), 'f'));
      await expectCode('invalid_idempotency', idempotency.begin('k', ''));
      await expectCode('invalid_idempotency', idempotency.begin('k', 'x'.repeat(129)));
      const claim = claimOf(await idempotency.begin('any text: {} \n ü', 'f'));
      const full = { status: 200, headers: { a: 'b' }, body: 'x'.repeat(65_534) };
      await expectCode('response_too_large', idempotency.finish(claim, { ...full, body: `${full.body}x` }));
      assert.equal(await idempotency.finish(claim, full), true);
    },
  },
];
