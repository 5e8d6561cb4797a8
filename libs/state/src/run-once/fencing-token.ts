import { StateError } from '../errors.ts';

/** Query runs SQL on the connection of a transaction: of pg, of a QueryRunner of TypeORM, of Prisma. */
export type Query = (sql: string, parameters: (string | number)[]) => Promise<unknown>;

/**
 * FENCING_TABLE_SQL creates the table of {@link requireFencingToken}, for a migration of one's own: then the role that writes needs no more
 * than SELECT, INSERT and UPDATE on it.
 */
export const FENCING_TABLE_SQL =
  'CREATE TABLE IF NOT EXISTS nestfleet_fence (name text PRIMARY KEY, fencing_token bigint NOT NULL)';
const FIND = `SELECT to_regclass('nestfleet_fence') IS NOT NULL AS found`;
/** Two that create one table at the same time would meet in the catalog. It answers a number, because Prisma reads no void. */
const LOCK = `SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtext('nestfleet_fence'))`;
const RAISE = `INSERT INTO nestfleet_fence AS stored (name, fencing_token) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET fencing_token = EXCLUDED.fencing_token
WHERE stored.fencing_token <= EXCLUDED.fencing_token RETURNING name`;

/**
 * requireFencingToken lets a transaction of PostgreSQL go on only where nobody with a higher fencing token has written under this name,
 * and keeps everybody else under it waiting until the transaction ends. So a holder that was paused beyond its lease writes nothing.
 * It creates its table where it is missing: {@link FENCING_TABLE_SQL}.
 * @throws StateError `fencing_token_stale`; the transaction is to be rolled back
 */
export async function requireFencingToken(query: Query, name: string, fencingToken: number): Promise<void> {
  const [table] = rowsOf(await query(FIND, []));
  if (table?.['found'] !== true) {
    await query(LOCK, []);
    await query(FENCING_TABLE_SQL, []);
  }
  if (rowsOf(await query(RAISE, [name, fencingToken])).length > 0) return;
  throw new StateError(
    'fencing_token_stale',
    `a holder of "${name}" with a higher fencing token has written meanwhile`,
  );
}

type Row = Readonly<Record<string, unknown>>;

/** Rows, as TypeORM and Prisma answer, or a result that has them, as pg does. */
function rowsOf(answer: unknown): readonly Row[] {
  return Array.isArray(answer) ? (answer as Row[]) : (answer as { readonly rows: readonly Row[] }).rows;
}
