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
