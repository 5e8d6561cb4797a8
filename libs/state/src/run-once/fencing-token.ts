import { StateError } from '../errors.ts';

/** Query runs SQL on the connection of a transaction: of pg, of a QueryRunner of TypeORM, of Prisma. */
export type Query = (sql: string, parameters: (string | number)[]) => Promise<unknown>;

const CREATE = `CREATE TABLE IF NOT EXISTS nestfleet_fence (name text PRIMARY KEY, fencing_token bigint NOT NULL)`;
const RAISE = `INSERT INTO nestfleet_fence AS stored (name, fencing_token) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET fencing_token = EXCLUDED.fencing_token
WHERE stored.fencing_token <= EXCLUDED.fencing_token RETURNING name`;

/**
 * requireFencingToken lets a transaction of PostgreSQL go on only where nobody with a higher fencing token has written under this name,
 * and keeps everybody else under it waiting until the transaction ends. So a holder that was paused beyond its lease writes nothing.
 * @throws StateError `fencing_token_stale`; the transaction is to be rolled back
 */
export async function requireFencingToken(query: Query, name: string, fencingToken: number): Promise<void> {
  await query(CREATE, []);
  const answer = (await query(RAISE, [name, fencingToken])) as unknown[] | { readonly rows: unknown[] };
  const rows = Array.isArray(answer) ? answer : answer.rows;
  if (rows.length > 0) return;
  throw new StateError(
    'fencing_token_stale',
    `a holder of "${name}" with a higher fencing token has written meanwhile`,
  );
}
