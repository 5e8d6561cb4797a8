import { describe, expect, it } from '@jest/globals';
import { requireFencingToken } from './fencing-token.ts';

describe('requireFencingToken', () => {
  it.each([
    ['rows, as TypeORM and Prisma answer', (rows: unknown[]) => rows],
    ['a result with rows, as pg answers', (rows: unknown[]) => ({ rows })],
  ])('goes on with a row, and throws without one, from %s', async (_what, answer) => {
    const asked: unknown[] = [];
    const query = (rows: unknown[]) => async (sql: string, parameters: unknown[]) => {
      asked.push([sql.split(' ')[0], parameters]);
      return answer(rows);
    };
    await requireFencingToken(query([{ name: 'migrations' }]), 'migrations', 7);
    expect(asked).toEqual([
      ['CREATE', []],
      ['INSERT', ['migrations', 7]],
    ]);
    const stale = requireFencingToken(query([]), 'migrations', 6);
    await expect(stale).rejects.toMatchObject({ code: 'fencing_token_stale', status: 409 });
  });
});
