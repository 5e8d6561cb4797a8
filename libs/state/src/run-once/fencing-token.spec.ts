import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { FENCING_TABLE_SQL, requireFencingToken } from './fencing-token.ts';

const FOUND = [{ found: true }];
const MISSING = [{ found: false }];
const RAISED = [{ name: 'migrations' }];

describe.each([
  ['rows, as TypeORM and Prisma answer', (rows: unknown[]) => rows],
  ['a result with rows, as pg answers', (rows: unknown[]) => ({ rows })],
])('requireFencingToken, from %s', (_what, answer) => {
  /** Answers with these rows, one query after the other. */
  function queries(...answers: unknown[][]) {
    const asked: [string, unknown[]][] = [];
    const query = async (sql: string, parameters: unknown[]) => {
      asked.push([sql, parameters]);
      return answer(answers[asked.length - 1] ?? []);
    };
    return { query, asked };
  }

  it('goes on with a row, and creates nothing where its table is there', async () => {
    const { query, asked } = queries(FOUND, RAISED);
    await requireFencingToken(query, 'migrations', 7);
    expect(asked).toEqual([
      [expect.stringContaining('to_regclass'), []],
      [expect.stringMatching(/^INSERT/), ['migrations', 7]],
    ]);
  });

  it('creates its table where it is missing, one at a time', async () => {
    const { query, asked } = queries(MISSING, [{ locked: 1 }], [], RAISED);
    await requireFencingToken(query, 'migrations', 7);
    expect(asked.slice(1, -1)).toEqual([
      [expect.stringContaining('pg_advisory_xact_lock'), []],
      [FENCING_TABLE_SQL, []],
    ]);
  });

  it('throws without a row', async () => {
    const stale = requireFencingToken(queries(FOUND, []).query, 'migrations', 6);
    await expect(stale).rejects.toMatchObject({ code: 'fencing_token_stale', status: 409 });
  });
});

const named = (parameters: readonly (string | number)[]) =>
  Object.fromEntries(parameters.map((value, at) => [`$${at + 1}`, value]));

/** SQLite takes the statement that compares as it is, and knows nothing of the catalog of PostgreSQL, which is asked before it. */
function inSqlite() {
  const database = new DatabaseSync(':memory:');
  database.exec(FENCING_TABLE_SQL);
  const query = async (sql: string, parameters: (string | number)[]) =>
    sql.includes('to_regclass') ? FOUND : database.prepare(sql).all(named(parameters));
  return { query, kept: () => database.prepare('SELECT fencing_token AS kept FROM nestfleet_fence').get() };
}

describe('the statement of requireFencingToken', () => {
  it('takes the same fencing token again, and a higher one', async () => {
    const { query, kept } = inSqlite();
    for (const token of [7, 7, 8]) await requireFencingToken(query, 'migrations', token);
    expect(kept()).toEqual({ kept: 8 });
  });

  it('refuses a lower fencing token, and writes nothing of it', async () => {
    const { query, kept } = inSqlite();
    await requireFencingToken(query, 'migrations', 7);
    await expect(requireFencingToken(query, 'migrations', 6)).rejects.toMatchObject({ code: 'fencing_token_stale' });
    expect(kept()).toEqual({ kept: 7 });
  });

  it('compares under one name alone', async () => {
    const { query } = inSqlite();
    await requireFencingToken(query, 'migrations', 7);
    await expect(requireFencingToken(query, 'reports', 1)).resolves.toBeUndefined();
  });
});
