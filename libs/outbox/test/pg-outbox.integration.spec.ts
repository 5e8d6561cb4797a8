import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { Pool, type PoolClient } from 'pg';
import { pgOutbox, type PgOutbox, startRelay } from '../src/index.ts';
import { storeCases } from '../src/testing.ts';
import { describeWithPostgres } from './describe-with-postgres.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const WITHIN_MS = 20_000;

describeWithPostgres('pgOutbox', (binary) => {
  let server: PostgresServer;
  let pool: Pool;
  let outbox: PgOutbox;
  let tables = 0;
  const clients = new Set<PoolClient>();

  beforeAll(async () => {
    server = await startPostgres(binary);
    pool = new Pool({ ...server.connection, max: 20 });
    // Its last connections may end with the server, and not before.
    pool.on('error', () => undefined);
  }, 90_000);
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });
  beforeEach(async () => {
    tables += 1;
    outbox = pgOutbox(pool, { table: `outbox_${tables}` });
    await outbox.createTable();
  });

  afterEach(() => {
    // Of a test that failed in between; a pool ends with its last client.
    for (const client of clients) client.release(true);
    clients.clear();
  });

  const begin = async () => {
    const client = await pool.connect();
    clients.add(client);
    await client.query('BEGIN');
    const end = async (word: 'COMMIT' | 'ROLLBACK') => {
      await client.query(word);
      clients.delete(client);
      client.release();
    };
    return {
      add: (message: Parameters<PgOutbox['add']>[1]) => outbox.add(client, message),
      commit: () => end('COMMIT'),
      rollback: () => end('ROLLBACK'),
    };
  };

  it.each(storeCases)('$name', async ({ run }) => {
    await expect(run({ store: outbox, begin })).resolves.toBeUndefined();
  });

  it('gives the rows of a key the order of their commits', async () => {
    const [first, second] = [await begin(), await begin()];
    await first.add({ topic: 't', payload: 'first', key: 'k' });
    let isAdded = false;
    const adding = (async () => {
      await second.add({ topic: 't', payload: 'second', key: 'k' });
      isAdded = true;
    })();
    await until(async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory'`;
      return (await pool.query(waits)).rowCount === 1;
    }, WITHIN_MS);
    expect(isAdded).toBe(false);
    // Another key waits for nobody.
    const other = await begin();
    await other.add({ topic: 't', payload: 'other', key: 'l' });
    await other.commit();
    await first.commit();
    await adding;
    await second.commit();
    const payloads: string[] = [];
    const relay = startRelay({
      store: outbox,
      send: async ({ payload }) => payloads.push(String(payload)),
      pollMs: 10,
    });
    await until(async () => (await outbox.backlog()).unsent === 0, WITHIN_MS);
    await relay.close(0);
    expect(payloads).toHaveLength(3);
    expect(payloads.filter((payload) => payload !== 'other')).toEqual(['first', 'second']);
  });

  it('sends each row once where many relays send while rows are added', async () => {
    const ids: string[] = [];
    const relays = Array.from({ length: 4 }, () =>
      startRelay({ store: outbox, send: async ({ id }) => ids.push(id), pollMs: 5, concurrency: 5 }),
    );
    const wanted: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      const tx = await begin();
      const id = await tx.add({ topic: 't', payload: n, key: n % 3 === 0 ? undefined : `k${n % 5}` });
      if (n % 10 === 0) await tx.rollback();
      else {
        wanted.push(id);
        await tx.commit();
      }
    }
    await until(async () => (await outbox.backlog()).unsent === 0, WITHIN_MS);
    await Promise.all(relays.map((relay) => relay.close(0)));
    expect(ids.toSorted()).toEqual(wanted.toSorted());
  });
});
