import { CLOCK_SLACK_MS } from '../clock.ts';
import { newRow, tableName } from '../new-row.ts';
import type { OutboxMessage, OutboxStore } from '../outbox.ts';
import { claimedRow, indexesOf, isFirstOfKey, type StoredRow, UNCLAIMED } from '../table.ts';

/** Queryable is what this adapter needs of a client of the package pg: `Client`, `PoolClient`, and `Pool` for the relay. */
export interface Queryable {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly object[]; readonly rowCount: number | null }>;
}

export interface PgOutbox extends OutboxStore<Queryable> {
  add(tx: Queryable, message: OutboxMessage): Promise<string>;
}

/** Of all advisory locks of a database those of outboxes: it is the first half of the key. */
const LOCK_SPACE = 0x6e_66_6f_62;

interface Found extends StoredRow {
  readonly seq: string;
  readonly age_ms: number;
}

/**
 * pgOutbox keeps an outbox in a table of PostgreSQL. `pool` is for the relay, whose statements are each a transaction of their own;
 * `add` uses the client that it is given.
 */
export function pgOutbox(pool: Queryable, options: { readonly table?: string } = {}): PgOutbox {
  const table = tableName(options.table ?? 'outbox');
  const changed = async (text: string, values: unknown[]): Promise<number> =>
    (await pool.query(text, values)).rowCount ?? 0;
  const held = 'id = $2 AND claim = $1 AND sent_at IS NULL';
  const schema = schemaOf(table);
  return {
    schema,
    async createTable() {
      // Two that create one table at the same time would meet in the catalog. Statements that are sent as one are one transaction.
      await pool.query(`SELECT pg_advisory_xact_lock(${LOCK_SPACE}, hashtext('${table}'));\n${schema}`);
    },
    async add(tx, message) {
      const { id, topic, key, payload } = newRow(message);
      // Who comes second to a key gets its number once the first has committed: the order of numbers is that of the commits then.
      if (key !== null)
        await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_SPACE, `${table}:${key}`]);
      await tx.query(
        `INSERT INTO ${table} (id, topic, ordering_key, payload, due_at) VALUES ($1, $2, $3, $4, '-infinity')`,
        [id, topic, key, payload],
      );
      return id;
    },
    async claim({ token, limit, leaseMs, backOffMaxMs }) {
      const { rows } = await pool.query(claimOf(table), [token, leaseMs, limit, backOffMaxMs]);
      const found = rows as readonly Found[];
      return found.toSorted((a, b) => Number(BigInt(a.seq) - BigInt(b.seq))).map((row) => claimedRow(row, row.age_ms));
    },
    markSent: async (token, id) =>
      (await changed(`UPDATE ${table} SET sent_at = now(), ${UNCLAIMED}, last_error = NULL WHERE ${held}`, [
        token,
        id,
      ])) === 1,
    markFailed: async (token, id, { retryInMs, error }) =>
      (await changed(
        `UPDATE ${table} SET ${UNCLAIMED}, failures = failures + 1, last_error = $4,
           due_at = now() + $3 * interval '1 millisecond' WHERE ${held}`,
        [token, id, retryInMs, error.replaceAll('\0', '')],
      )) === 1,
    release: async (token, id) => (await changed(`UPDATE ${table} SET ${UNCLAIMED} WHERE ${held}`, [token, id])) === 1,
    deleteSent: (olderThanMs, limit) =>
      changed(
        `DELETE FROM ${table} WHERE seq IN (
           SELECT seq FROM ${table} WHERE sent_at < now() - $1 * interval '1 millisecond'
           ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [olderThanMs, limit],
      ),
    async backlog() {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS unsent, greatest(0, extract(epoch FROM now() - min(created_at)) * 1000)::float8 AS oldest_ms
         FROM ${table} WHERE sent_at IS NULL`,
      );
      const [{ unsent, oldest_ms: oldestMs } = { unsent: 0, oldest_ms: 0 }] = rows as readonly {
        unsent: number;
        oldest_ms: number;
      }[];
      return { unsent, oldestMs };
    },
  };
}

const schemaOf = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  topic text NOT NULL,
  ordering_key text,
  payload text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT '-infinity',
  failures integer NOT NULL DEFAULT 0,
  last_error text,
  claim text,
  claimed_until timestamptz,
  sent_at timestamptz
);
${indexesOf(table)}`;

/** By how much `column` is ahead of all that `longest`, a parameter, allows: the clock was set back since. */
const isTooFarAhead = (column: string, longest: string): string =>
  `${column} > now() + (${longest}::float8 + ${CLOCK_SLACK_MS}) * interval '1 millisecond'`;

/** MATERIALIZED, or a plan may run the part that locks more than once and claim more than the limit. */
const claimOf = (table: string): string => `WITH due AS MATERIALIZED (
  SELECT seq FROM ${table} AS o
  WHERE sent_at IS NULL AND (due_at <= now() OR ${isTooFarAhead('due_at', '$4')})
    AND (claimed_until IS NULL OR claimed_until <= now() OR ${isTooFarAhead('claimed_until', '$2')})
    AND ${isFirstOfKey(table)}
  ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE ${table} AS o SET claim = $1, claimed_until = now() + $2::float8 * interval '1 millisecond'
FROM due WHERE o.seq = due.seq
RETURNING o.seq::text AS seq, o.id, o.topic, o.ordering_key, o.payload, o.failures,
  greatest(0, extract(epoch FROM now() - o.created_at) * 1000)::float8 AS age_ms`;
