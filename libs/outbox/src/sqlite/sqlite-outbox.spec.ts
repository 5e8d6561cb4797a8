import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { storeCases } from '../testing/store-cases.ts';
import { sqliteOutbox, type SqliteOutbox } from './sqlite-outbox.ts';

describe('sqliteOutbox', () => {
  let dir: string;
  let opened: DatabaseSync[];
  let outbox: SqliteOutbox;

  const open = () => {
    const db = new DatabaseSync(join(dir, 'app.db'));
    opened.push(db);
    return db;
  };
  const begin = async () => {
    const db = open();
    db.exec('BEGIN IMMEDIATE');
    return {
      add: (message: Parameters<SqliteOutbox['add']>[1]) => outbox.add(db, message),
      commit: () => db.exec('COMMIT'),
      rollback: () => db.exec('ROLLBACK'),
    };
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'outbox-'));
    opened = [];
    outbox = sqliteOutbox(open());
    await outbox.createTable();
  });
  afterEach(() => {
    for (const db of opened) db.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each(storeCases)('$name', async ({ run }) => {
    await expect(run({ store: outbox, begin })).resolves.toBeUndefined();
  });

  it('gives a relay nothing on the connection of a transaction, where it would see what is not committed', async () => {
    const db = open();
    const shared = sqliteOutbox(db);
    db.exec('BEGIN');
    shared.add(db, { topic: 't', payload: 1 });
    await expect(shared.claim({ token: 'a', limit: 1, leaseMs: 1_000, backOffMaxMs: 1_000 })).rejects.toMatchObject({
      code: 'shared_connection',
    });
    db.exec('COMMIT');
    expect(await shared.claim({ token: 'a', limit: 1, leaseMs: 1_000, backOffMaxMs: 1_000 })).toHaveLength(1);
  });

  it('gives out what was added before its clock was set back, at once and of no age', async () => {
    const db = open();
    const nowMs = Date.now();
    // Less than what shows by itself that the clock was set back.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(nowMs + 30_000);
    try {
      outbox.add(db, { topic: 't', payload: 1 });
      clock.mockReturnValue(nowMs);
      expect(await outbox.backlog()).toEqual({ unsent: 1, oldestMs: 0 });
      const rows = await outbox.claim({ token: 'a', limit: 1, leaseMs: 1_000, backOffMaxMs: 1_000 });
      expect(rows).toMatchObject([{ ageMs: 0 }]);
    } finally {
      clock.mockRestore();
    }
  });

  it('takes another name for its table, and no SQL in it', async () => {
    const db = open();
    const mails = sqliteOutbox(db, { table: 'mails' });
    await mails.createTable();
    mails.add(db, { topic: 't', payload: 1 });
    expect((await mails.backlog()).unsent).toBe(1);
    expect((await outbox.backlog()).unsent).toBe(0);
    expect(() => sqliteOutbox(db, { table: 'a; drop table outbox' })).toThrow(TypeError);
  });
});
