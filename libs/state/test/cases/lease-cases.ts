import assert from 'node:assert/strict';
import type { Lease, Leases } from '../../src/leases/leases.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const LONG = { ttlMs: 60_000 };
/** Renewed, and so found out, soon; long enough for a slow machine to do something with it. */
const SHORT = { ttlMs: 1_000 };

const mustNotRun = async (): Promise<never> => assert.fail('it ran');

const tokenOf = (leases: Leases, name: string): Promise<number> =>
  leases.hold(name, LONG, async ({ fencingToken }) => fencingToken);

const lostWhile = (lease: Lease): Promise<void> =>
  new Promise((resolve) => {
    if (lease.signal.aborted) resolve();
    else lease.signal.addEventListener('abort', () => resolve());
  });

/** Throws whatever is done with it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

export const leaseCases: readonly StateCase[] = [
  {
    name: 'lease: answers what the work answers, each holder has a higher token, whatever the name',
    async run(make) {
      const { leases } = (await make()).state;
      assert.equal(await leases.hold('a', LONG, async () => 'done'), 'done');
      const tokens = [
        await tokenOf(leases, 'a'),
        await tokenOf(leases, 'a'),
        await tokenOf(leases, 'b'),
        await tokenOf(leases, 'a'),
      ];
      for (const token of tokens) assert.ok(Number.isSafeInteger(token) && token > 0, `${token}`);
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: 'lease: has one holder, and each name its own',
    async run(make) {
      const { leases } = (await make()).state;
      await leases.hold('a', LONG, async () => {
        await expectCode(
          'lease_held',
          leases.hold('a', LONG, async () => 'two at once'),
        );
        assert.equal(await leases.hold('b', LONG, async () => 'other'), 'other');
        await expectCode(
          'lease_held',
          leases.hold('a', { ...LONG, waitMs: 60 }, async () => 'two at once'),
        );
      });
      assert.ok(await tokenOf(leases, 'a'));
    },
  },
  {
    name: 'lease: work that throws what is no Error releases it and throws that',
    async run(make) {
      const { leases } = (await make()).state;
      for (const thrown of [undefined, null, 'text', 7, Object.freeze({ code: 5 }), revoked()]) {
        const end = await leases
          .hold('a', LONG, () => Promise.reject(thrown))
          .then(
            () => [],
            (fault: unknown) => [fault],
          );
        assert.equal(end.length, 1);
        assert.ok(Object.is(end[0], thrown));
        assert.ok(await tokenOf(leases, 'a'));
      }
    },
  },
  {
    name: 'lease: work that fails releases it and fails as it did',
    async run(make) {
      const { leases } = (await make()).state;
      const fault = new Error('the work failed');
      const failed = leases.hold('a', LONG, async () => Promise.reject(fault));
      await assert.rejects(failed, (error) => error === fault);
      const thrown = leases.hold('a', LONG, () => {
        throw fault;
      });
      await assert.rejects(thrown, (error) => error === fault);
      assert.ok(await tokenOf(leases, 'a'));
    },
  },
  {
    name: 'lease: of many that wait each has its turn, and never two at once',
    async run(make) {
      const { leases } = (await make()).state;
      let inside = 0;
      const tokens = await Promise.all(
        Array.from({ length: 5 }, () =>
          leases.hold('a', { ...LONG, waitMs: 30_000 }, async ({ fencingToken, signal }) => {
            inside += 1;
            assert.equal(inside, 1);
            await new Promise(setImmediate);
            assert.equal(signal.aborted, false);
            inside -= 1;
            return fencingToken;
          }),
        ),
      );
      assert.equal(new Set(tokens).size, 5);
    },
  },
  {
    name: 'lease: a holder that lost it is told, has the lower token, and does not end the lease of the next one',
    async run(make) {
      const { state, pass } = await make();
      const { leases } = state;
      const second = Promise.withResolvers<void>();
      let next: Promise<number> | undefined;
      let first = 0;
      const lost = leases.hold('a', SHORT, async (lease) => {
        first = lease.fencingToken;
        await pass(SHORT.ttlMs);
        next = leases.hold('a', LONG, async ({ fencingToken }) => {
          await second.promise;
          return fencingToken;
        });
        await lostWhile(lease);
        assert.equal((lease.signal.reason as { code?: unknown }).code, 'lease_lost');
        return 'what nobody may believe';
      });
      await expectCode('lease_lost', lost);
      await expectCode('lease_held', tokenOf(leases, 'a'));
      second.resolve();
      assert.ok((await next!) > first);
    },
  },
  {
    name: 'lease: work that is ended by the signal is lease_lost too',
    async run(make) {
      const { state, pass } = await make();
      const lost = state.leases.hold('a', SHORT, async (lease) => {
        const { signal } = lease;
        await pass(SHORT.ttlMs);
        await lostWhile(lease);
        signal.throwIfAborted();
      });
      await expectCode('lease_lost', lost);
    },
  },
  {
    name: 'lease: refuses names and times that it cannot hold',
    async run(make) {
      const { leases } = (await make()).state;
      for (const name of ['', 'a b', 'a{b}', 'x'.repeat(129)]) {
        await expectCode('invalid_key', leases.hold(name, LONG, mustNotRun));
      }
      for (const ttlMs of [0, 49, 50.5, 3_600_001, Number.NaN]) {
        await expectCode('invalid_lease', leases.hold('a', { ttlMs }, mustNotRun));
      }
      for (const waitMs of [-1, 0.5, 600_001, Number.NaN]) {
        await expectCode('invalid_lease', leases.hold('a', { ...LONG, waitMs }, mustNotRun));
      }
    },
  },
];
