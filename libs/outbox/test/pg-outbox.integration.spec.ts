import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { Pool, PoolClient } from 'pg';
import { pgOutbox, type PgOutbox, startRelay } from '../src/index.ts';
import { type PostgresServer, startPostgres, storeCases } from '../src/testing.ts';
import { describeWithPostgres } from './describe-with-postgres.ts';
import { openPool } from './open-pool.ts';
import { startSilentProxy } from './silent-proxy.ts';

const WITHIN_MS = 20_000;

describeWithPostgres('pgOutbox', (binary) => {
  let server: PostgresServer;
  let pool: Pool;
  let outbox: PgOutbox;
  let tables = 0;
  const clients = new Set<PoolClient>();

  beforeAll(async () => {
    server = await startPostgres(binary);
    // Its last connections may end with the server, and not before.
    pool = openPool({ ...server.connection, max: 20 }, () => undefined);
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

  it('creates its table once, for as many as ask at once', async () => {
    const fresh = pgOutbox(pool, { table: `fresh_${tables}` });
    // Their connections are there already, so that all begin at once.
    await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT pg_sleep(0.05)')));
    await Promise.all(Array.from({ length: 8 }, () => fresh.createTable()));
    expect((await fresh.backlog()).unsent).toBe(0);
  });

  it('gives out what was added before its clock was set back, at once and of no age', async () => {
    const tx = await begin();
    await tx.add({ topic: 't', payload: 1 });
    await tx.commit();
    const table = `outbox_${tables}`;
    expect((await pool.query(`SELECT 1 FROM ${table} WHERE due_at = '-infinity'`)).rowCount).toBe(1);
    await pool.query(`UPDATE ${table} SET created_at = now() + interval '1 hour'`);
    expect(await outbox.backlog()).toEqual({ unsent: 1, oldestMs: 0 });
    const rows = await outbox.claim({ token: 'a', limit: 1, leaseMs: 1_000, backOffMaxMs: 1_000 });
    expect(rows).toMatchObject([{ ageMs: 0 }]);
  });

  it('outlives the end of all connections, with the pool of the README', async () => {
    const faults: Error[] = [];
    const own = openPool({ ...server.connection, application_name: 'idle' }, (error) => faults.push(error));
    try {
      const store = pgOutbox(own, { table: `outbox_${tables}` });
      const client = await own.connect();
      await client.query('BEGIN');
      await Promise.all([store.backlog(), store.backlog()]);
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idle'`);
      await until(() => faults.length === 2, WITHIN_MS);
      await expect(client.query('COMMIT')).rejects.toBeInstanceOf(Error);
      client.release(true);
      expect(await store.backlog()).toEqual({ unsent: 0, oldestMs: 0 });
    } finally {
      await own.end();
    }
  });

  it('goes on when its connections are silent, also where they are all that the pool has', async () => {
    const proxy = await startSilentProxy(server.connection.host);
    // Shorter than in the README, for the test alone.
    const settings = { ...server.connection, host: proxy.host, max: 1, query_timeout: 300 };
    const own = openPool(settings, () => undefined);
    const ids: string[] = [];
    const relay = startRelay({
      store: pgOutbox(own, { table: `outbox_${tables}` }),
      send: async ({ id }) => {
        if (ids.length === 0) proxy.silence();
        ids.push(id);
      },
      pollMs: 10,
      leaseMs: 1_500,
      sendTimeoutMs: 1_000,
    });
    try {
      const tx = await begin();
      const added = await tx.add({ topic: 't', payload: 1, key: 'k' });
      const next = await tx.add({ topic: 't', payload: 2, key: 'k' });
      await tx.commit();
      await until(async () => (await outbox.backlog()).unsent === 0, WITHIN_MS);
      expect(new Set(ids)).toEqual(new Set([added, next]));
    } finally {
      await relay.close(0);
      await own.end();
      proxy.close();
    }
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
