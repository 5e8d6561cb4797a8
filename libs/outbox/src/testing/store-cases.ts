import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { until } from '@nestfleet/timing';
import { CLOCK_SLACK_MS } from '../clock.ts';
import type { ClaimedRow, OutboxMessage, OutboxStore } from '../outbox.ts';

/** TestTransaction is one transaction on a connection of its own. */
export interface TestTransaction {
  add(message: OutboxMessage): Promise<string> | string;
  commit(): Promise<void> | void;
  rollback(): Promise<void> | void;
}

/** StoreBed is an empty outbox for one case. */
export interface StoreBed {
  readonly store: Omit<OutboxStore<never>, 'add'>;
  readonly begin: () => Promise<TestTransaction>;
}

export interface StoreCase {
  readonly name: string;
  /** Rejects with an AssertionError where the adapter does something else. */
  readonly run: (bed: StoreBed) => Promise<void>;
}

/** Long enough for no test to see its end. */
const LONG_MS = 600_000;
const SHORT_MS = 40;
const WITHIN_MS = 20_000;
const MANY = 50;

/** As JSON: what a test runner evaluates may have other Array and Object than Node's own modules. */
const same = (found: unknown, wanted: unknown): void => assert.equal(JSON.stringify(found), JSON.stringify(wanted));

const claim = (store: StoreBed['store'], limit = 10, leaseMs = LONG_MS, backOffMaxMs = LONG_MS) => {
  const token = randomUUID();
  return store.claim({ token, limit, leaseMs, backOffMaxMs }).then((rows) => ({ token, rows }));
};
const idsOf = (rows: readonly ClaimedRow[]) => rows.map(({ id }) => id);

async function addAll({ begin }: StoreBed, ...messages: readonly Partial<OutboxMessage>[]): Promise<string[]> {
  const tx = await begin();
  const ids: string[] = [];
  for (const message of messages) ids.push(await tx.add({ topic: 't', payload: 1, ...message }));
  await tx.commit();
  return ids;
}

/** storeCases are run each on a table that is new. */
export const storeCases: readonly StoreCase[] = [
  {
    name: 'gives out what was committed, as it was added, oldest first',
    async run(bed) {
      const payload = { text: 'ż\0\uD800', list: [1.5, null] };
      const ids = await addAll(bed, { id: 'first', topic: 'order shipped', payload, key: 'k' }, {});
      const { rows } = await claim(bed.store);
      same(idsOf(rows), ids);
      const [{ ageMs, json, ...first }] = rows as [ClaimedRow];
      same(first, { id: 'first', topic: 'order shipped', key: 'k', failures: 0 });
      same(JSON.parse(json), payload);
      assert.ok(ageMs >= 0 && ageMs < LONG_MS, `age ${ageMs}`);
      assert.equal(rows[1]?.key, undefined);
      assert.equal((await bed.store.backlog()).unsent, 2);
    },
  },
  {
    name: 'gives out nothing that was rolled back',
    async run(bed) {
      const tx = await bed.begin();
      await tx.add({ topic: 't', payload: 1 });
      await tx.rollback();
      same((await claim(bed.store)).rows, []);
      same(await bed.store.backlog(), { unsent: 0, oldestMs: 0 });
    },
  },
  {
    name: 'refuses an id that is there, and keeps the first',
    async run(bed) {
      await addAll(bed, { id: 'same', payload: 1 });
      const tx = await bed.begin();
      await assert.rejects(async () => tx.add({ topic: 't', payload: 2, id: 'same' }));
      await tx.rollback();
      assert.equal((await claim(bed.store)).rows[0]?.json, '1');
    },
  },
  {
    name: 'gives a row out once, to as many as ask at once',
    async run(bed) {
      const ids = await addAll(bed, ...Array.from({ length: MANY }, () => ({})));
      const claims = await Promise.all(ids.map(() => claim(bed.store, 3)));
      assert.ok(claims.every(({ rows }) => rows.length <= 3));
      const claimed = claims.flatMap(({ rows }) => idsOf(rows));
      assert.equal(new Set(claimed).size, claimed.length);
      const { rows } = await claim(bed.store, MANY);
      same([...claimed, ...idsOf(rows)].toSorted(), ids.toSorted());
    },
  },
  {
    name: 'gives a row out again once its lease is over, and only then',
    async run(bed) {
      const [id = ''] = await addAll(bed, {});
      const beganMs = performance.now();
      const { token } = await claim(bed.store, 10, SHORT_MS);
      const next = await until(async () => {
        const again = await claim(bed.store);
        return again.rows.length === 1 && again;
      }, WITHIN_MS);
      assert.ok(performance.now() - beganMs >= SHORT_MS - 1);
      // The first one has come too late for anything.
      assert.equal(await bed.store.markSent(token, id), false);
      assert.equal(await bed.store.release(token, id), false);
      assert.equal(await bed.store.markFailed(token, id, { retryInMs: 0, error: 'late' }), false);
      assert.equal(await bed.store.markSent(next.token, id), true);
    },
  },
  {
    name: 'gives a row that was sent to nobody',
    async run(bed) {
      const [id = ''] = await addAll(bed, {});
      const { token } = await claim(bed.store, 10, SHORT_MS);
      assert.equal(await bed.store.markSent(token, id), true);
      assert.equal(await bed.store.markSent(token, id), false);
      const afterMs = performance.now() + 2 * SHORT_MS;
      await until(() => performance.now() > afterMs, WITHIN_MS);
      same((await claim(bed.store)).rows, []);
      assert.equal((await bed.store.backlog()).unsent, 0);
    },
  },
  {
    name: 'gives a row that was released to the next one at once',
    async run(bed) {
      const [id = ''] = await addAll(bed, {});
      const { token } = await claim(bed.store);
      assert.equal(await bed.store.release(token, id), true);
      same(idsOf((await claim(bed.store)).rows), [id]);
    },
  },
  {
    name: 'holds a row that could not be sent back, and counts that',
    async run(bed) {
      const [id = ''] = await addAll(bed, {});
      const first = await claim(bed.store);
      const beganMs = performance.now();
      assert.equal(await bed.store.markFailed(first.token, id, { retryInMs: SHORT_MS, error: 'no\0luck' }), true);
      const next = await until(async () => {
        const again = await claim(bed.store);
        return again.rows.length === 1 && again;
      }, WITHIN_MS);
      assert.ok(performance.now() - beganMs >= SHORT_MS - 1);
      assert.equal(next.rows[0]?.failures, 1);
    },
  },
  {
    name: 'gives out one row of a key at a time, in their order, and those of others beside it',
    async run(bed) {
      const [a1 = '', , b1 = '', free = ''] = await addAll(bed, { key: 'a' }, { key: 'a' }, { key: 'b' }, {});
      const first = await claim(bed.store);
      same(idsOf(first.rows), [a1, b1, free]);
      // Whatever keeps the first from being sent keeps the second back.
      same((await claim(bed.store)).rows, []);
      await bed.store.markFailed(first.token, a1, { retryInMs: LONG_MS, error: 'no' });
      same((await claim(bed.store)).rows, []);
    },
  },
  {
    name: 'gives out the next row of a key once the one before was sent',
    async run(bed) {
      const [a1 = '', a2 = ''] = await addAll(bed, { key: 'a' }, { key: 'a' });
      const first = await claim(bed.store);
      await bed.store.markSent(first.token, a1);
      same(idsOf((await claim(bed.store)).rows), [a2]);
    },
  },
  {
    name: 'deletes what was sent long enough ago, and nothing else',
    async run(bed) {
      const [sent = ''] = await addAll(bed, {}, {}, {});
      const { token } = await claim(bed.store, 1);
      await bed.store.markSent(token, sent);
      assert.equal(await bed.store.deleteSent(LONG_MS, 10), 0);
      await until(async () => (await bed.store.deleteSent(1, 10)) === 1, WITHIN_MS);
      assert.equal(await bed.store.deleteSent(1, 10), 0);
      assert.equal((await bed.store.backlog()).unsent, 2);
    },
  },
  {
    name: 'gives a row out whose lease would last longer than any: the clock was set back',
    async run(bed) {
      const ids = await addAll(bed, {});
      await claim(bed.store, 10, LONG_MS);
      // Clocks are not that exact.
      same((await claim(bed.store, 10, LONG_MS - CLOCK_SLACK_MS / 2)).rows, []);
      same(idsOf((await claim(bed.store, 10, LONG_MS / 2)).rows), ids);
    },
  },
  {
    name: 'gives a row out that would be held back for longer than any: the clock was set back',
    async run(bed) {
      const [id = ''] = await addAll(bed, {});
      const { token } = await claim(bed.store);
      await bed.store.markFailed(token, id, { retryInMs: LONG_MS, error: 'no' });
      same((await claim(bed.store, 10, LONG_MS, LONG_MS - CLOCK_SLACK_MS / 2)).rows, []);
      same(idsOf((await claim(bed.store, 10, LONG_MS, LONG_MS / 2)).rows), [id]);
    },
  },
  {
    name: 'leaves a table as it is that is there already',
    async run(bed) {
      const { store } = bed;
      await addAll(bed, {});
      await store.createTable();
      assert.equal((await store.backlog()).unsent, 1);
    },
  },
];
