import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
    await expect(shared.claim({ token: 'a', limit: 1, leaseMs: 1_000 })).rejects.toMatchObject({
      code: 'shared_connection',
    });
    db.exec('COMMIT');
    expect(await shared.claim({ token: 'a', limit: 1, leaseMs: 1_000 })).toHaveLength(1);
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
