import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type OutboxMessage, type OutboxStore, pgOutbox, sqliteOutbox } from '@nestfleet/outbox';
import type { PoolConfig } from 'pg';
import { openPool } from './open-pool.ts';

/** Where the orders of one test are, for all processes of it. */
export type Place =
  | { readonly kind: 'sqlite'; readonly dir: string }
  | { readonly kind: 'pg'; readonly dir: string; readonly connection: PoolConfig; readonly suffix: string };

/** Steps between which a process may die. */
export const POINTS = [
  'tx.written',
  'tx.added',
  'tx.committed',
  'claim.before',
  'claim.after',
  'send.before',
  'send.delivered',
  'mark.before',
  'mark.after',
  'failed.before',
  'failed.after',
  'delete.after',
] as const;
export type Point = (typeof POINTS)[number];

/** Orders has a table of orders and an outbox that tells of them. */
export interface Orders {
  readonly store: Omit<OutboxStore<never>, 'add'>;
  create(): Promise<void>;
  /** One transaction: an order and its message. */
  place(n: number, reach: (point: Point) => void): Promise<void>;
  placed(): Promise<number[]>;
  close(): Promise<void>;
}

const messageOf = (n: number): OutboxMessage => ({
  topic: 'order',
  payload: { n },
  ...(n % 2 === 0 ? { key: 'even' } : {}),
});

export const openOrders = (place: Place): Orders => (place.kind === 'pg' ? inPostgres(place) : inSqlite(place));

function inPostgres({ connection, suffix }: Extract<Place, { kind: 'pg' }>): Orders {
  // A server that shuts down ends idle connections.
  const pool = openPool({ ...connection, max: 4 }, () => undefined);
  const outbox = pgOutbox(pool, { table: `outbox_${suffix}` });
  const orders = `orders_${suffix}`;
  return {
    store: outbox,
    async create() {
      await outbox.createTable();
      await pool.query(`CREATE TABLE ${orders} (n integer PRIMARY KEY)`);
    },
    async place(n, reach) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`INSERT INTO ${orders} VALUES ($1)`, [n]);
        reach('tx.written');
        await outbox.add(client, messageOf(n));
        reach('tx.added');
        await client.query('COMMIT');
        reach('tx.committed');
      } finally {
        client.release();
      }
    },
    placed: async () => (await pool.query<{ n: number }>(`SELECT n FROM ${orders} ORDER BY n`)).rows.map(({ n }) => n),
    close: () => pool.end(),
  };
}

function inSqlite({ dir }: Extract<Place, { kind: 'sqlite' }>): Orders {
  const open = () => new DatabaseSync(join(dir, 'orders.db'), { timeout: 2_000 });
  const [db, own] = [open(), open()];
  const outbox = sqliteOutbox(own);
  return {
    store: outbox,
    async create() {
      db.exec('PRAGMA journal_mode = WAL');
      await outbox.createTable();
      db.exec('CREATE TABLE orders (n INTEGER PRIMARY KEY)');
    },
    async place(n, reach) {
      db.exec('BEGIN IMMEDIATE');
      db.prepare('INSERT INTO orders VALUES (?)').run(n);
      reach('tx.written');
      outbox.add(db, messageOf(n));
      reach('tx.added');
      db.exec('COMMIT');
      reach('tx.committed');
    },
    placed: async () => (db.prepare('SELECT n FROM orders ORDER BY n').all() as { n: number }[]).map(({ n }) => n),
    async close() {
      db.close();
      own.close();
    },
  };
}

/** Who gets the messages: a line each, which outlives the process that wrote it. */
export const sinkOf = ({ dir }: Pick<Place, 'dir'>): string => join(dir, 'sink');
export const tellSink = (place: Place, id: string, n: number): void => appendFileSync(sinkOf(place), `${id} ${n}\n`);
