import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { CLOCK_SLACK_MS } from '../clock.ts';
import { OutboxError } from '../errors.ts';
import { newRow, tableName } from '../new-row.ts';
import type { OutboxMessage, OutboxStore } from '../outbox.ts';
import { claimedRow, indexesOf, isFirstOfKey, type StoredRow, UNCLAIMED } from '../table.ts';

export interface SqliteOutbox extends OutboxStore<DatabaseSync> {
  /** As all of node:sqlite it is done when it returns, so that a transaction needs no await. */
  add(tx: DatabaseSync, message: OutboxMessage): string;
}

/**
 * sqliteOutbox keeps an outbox in a table of SQLite (node:sqlite). `db` is the relay's: a second connection to the file,
 * because on the connection of a transaction it would see what has not been committed. `add` uses the one that it is given.
 */
export function sqliteOutbox(db: DatabaseSync, options: { readonly table?: string } = {}): SqliteOutbox {
  const table = tableName(options.table ?? 'outbox');
  const schema = schemaOf(table);
  const own = (): DatabaseSync => {
    if (!db.isTransaction) return db;
    throw new OutboxError('shared_connection', 'The relay of an outbox was given the connection of a transaction');
  };
  const changed = (text: string, ...values: SQLInputValue[]): number =>
    Number(
      own()
        .prepare(text)
        .run(...values).changes,
    );
  const held = 'id = ? AND claim = ? AND sent_at IS NULL';
  return {
    schema,
    async createTable() {
      own().exec(schema);
    },
    add(tx, message) {
      const { id, topic, key, payload } = newRow(message);
      tx.prepare(
        `INSERT INTO ${table} (id, topic, ordering_key, payload, created_at, due_at) VALUES (?, ?, ?, ?, ?, 0)`,
      ).run(id, topic, key, payload, Date.now());
      return id;
    },
    async claim({ token, limit, leaseMs, backOffMaxMs }) {
      const nowMs = Date.now();
      const claim = own().prepare(claimOf(table));
      // What lies further ahead is of a clock that was set back since.
      const [dueMaxMs, claimedMaxMs] = [nowMs + backOffMaxMs + CLOCK_SLACK_MS, nowMs + leaseMs + CLOCK_SLACK_MS];
      const rows = claim.all(
        token,
        nowMs + leaseMs,
        nowMs,
        dueMaxMs,
        nowMs,
        claimedMaxMs,
        limit,
      ) as unknown as readonly Found[];
      return rows.toSorted((a, b) => a.seq - b.seq).map((row) => claimedRow(row, Math.max(0, nowMs - row.created_at)));
    },
    markSent: async (token, id) =>
      changed(
        `UPDATE ${table} SET sent_at = ?, ${UNCLAIMED}, last_error = NULL WHERE ${held}`,
        Date.now(),
        id,
        token,
      ) === 1,
    markFailed: async (token, id, { retryInMs, error }) =>
      changed(
        `UPDATE ${table} SET ${UNCLAIMED}, failures = failures + 1, last_error = ?, due_at = ?
         WHERE ${held}`,
        error,
        Date.now() + retryInMs,
        id,
        token,
      ) === 1,
    release: async (token, id) => changed(`UPDATE ${table} SET ${UNCLAIMED} WHERE ${held}`, id, token) === 1,
    deleteSent: async (olderThanMs, limit) =>
      changed(
        `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE sent_at < ? ORDER BY sent_at LIMIT ?)`,
        Date.now() - olderThanMs,
        limit,
      ),
    async backlog() {
      const counted = own()
        .prepare(`SELECT count(*) AS unsent, min(created_at) AS oldest FROM ${table} WHERE sent_at IS NULL`)
        .get() as { readonly unsent: number; readonly oldest: number | null };
      const oldestMs = counted.oldest === null ? 0 : Math.max(0, Date.now() - counted.oldest);
      return { unsent: counted.unsent, oldestMs };
    },
  };
}

interface Found extends StoredRow {
  readonly seq: number;
  readonly created_at: number;
}

/** Times are milliseconds since 1970. AUTOINCREMENT, or the number of a row that was deleted could be given again. */
const schemaOf = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  topic TEXT NOT NULL,
  ordering_key TEXT,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  claim TEXT,
  claimed_until INTEGER,
  sent_at INTEGER
);
${indexesOf(table)}`;

/** One statement, so that two relays cannot claim one row: SQLite has one writer at a time. */
const claimOf = (table: string): string => `UPDATE ${table} SET claim = ?, claimed_until = ? WHERE seq IN (
  SELECT seq FROM ${table} AS o
  WHERE sent_at IS NULL AND (due_at <= ? OR due_at > ?)
    AND (claimed_until IS NULL OR claimed_until <= ? OR claimed_until > ?)
    AND ${isFirstOfKey(table)}
  ORDER BY seq LIMIT ?
)
RETURNING seq, id, topic, ordering_key, payload, failures, created_at`;
