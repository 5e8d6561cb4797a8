import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { silentLog } from './log.ts';
import type { OutboxMessage, OutboxRow } from './outbox.ts';
import type { Relay, RelayOptions, SettledRow } from './relay.ts';
import { sqliteOutbox, type SqliteOutbox } from './sqlite/sqlite-outbox.ts';
import { startRelay } from './start-relay.ts';

const WITHIN_MS = 10_000;
const quick = { pollMs: 5, backOff: { baseMs: 1, capMs: 4 } };

const abortOf = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

const failing = (): never => {
  throw new Error('of the listener');
};

describe('a relay', () => {
  let db: DatabaseSync;
  let outbox: SqliteOutbox;
  let relays: Relay[];
  let settled: SettledRow[];

  beforeEach(async () => {
    db = new DatabaseSync(':memory:');
    outbox = sqliteOutbox(db);
    await outbox.createTable();
    relays = [];
    settled = [];
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.close(0)));
    db.close();
  });

  const add = (...messages: readonly Partial<OutboxMessage>[]) =>
    messages.map((message) => outbox.add(db, { topic: 't', payload: 1, ...message }));
  const start = (send: RelayOptions['send'], options: Partial<RelayOptions> = {}) => {
    const relay = startRelay({ store: outbox, send, onSettled, ...quick, ...options });
    relays.push(relay);
    return relay;
  };
  const unsent = async () => (await outbox.backlog()).unsent;
  const outcomes = () => settled.map(({ outcome }) => outcome);
  const allSent = () => until(async () => (await unsent()) === 0, WITHIN_MS);
  const onSettled = (row: SettledRow) => void settled.push(row);
  const left = () => db.prepare('SELECT count(*) AS n FROM outbox').get()?.['n'];

  it('sends what is added, once, and says so', async () => {
    const rows: OutboxRow[] = [];
    const relay = start(async (row) => rows.push(row));
    const [id] = add({ topic: 'shipped', payload: { order: 7 }, key: 'k' });
    await until(() => settled.length === 1, WITHIN_MS);
    expect(rows).toEqual([
      { id, topic: 'shipped', payload: { order: 7 }, key: 'k', failures: 0, ageMs: expect.any(Number) as unknown },
    ]);
    expect(settled).toEqual([expect.objectContaining({ topic: 'shipped', outcome: 'sent', failures: 0 })]);
    expect(await unsent()).toBe(0);
    await until(() => relay.sending === 0, WITHIN_MS);
  });

  it('sends again what could not be sent, under the same id', async () => {
    const ids: string[] = [];
    start(async ({ id, failures }) => {
      ids.push(id);
      if (failures < 2) throw new Error('no luck');
    });
    const [id] = add({});
    await until(() => settled.length === 3, WITHIN_MS);
    expect(ids).toEqual([id, id, id]);
    expect(outcomes()).toEqual(['failed', 'failed', 'sent']);
  });

  it('keeps the order of a key over failures, and holds no other key up', async () => {
    const sent: unknown[] = [];
    let refused = 0;
    start(async ({ payload }) => {
      if (payload === 'a1' && refused < 3) {
        refused += 1;
        throw new Error('not yet');
      }
      sent.push(payload);
    });
    add(...['a1', 'a2', 'a3'].map((payload) => ({ key: 'a', payload })), { key: 'b', payload: 'b1' });
    await allSent();
    expect(sent.filter((payload) => payload !== 'b1')).toEqual(['a1', 'a2', 'a3']);
    expect(sent[0]).toBe('b1');
  });

  it('sends no more rows at a time than it is told to', async () => {
    const go = Promise.withResolvers<void>();
    const relay = start(() => go.promise, { concurrency: 3 });
    add({}, {}, {}, {}, {});
    await until(() => relay.sending === 3, WITHIN_MS);
    const looks = performance.now() + 10 * quick.pollMs;
    await until(() => performance.now() > looks, WITHIN_MS);
    expect(relay.sending).toBe(3);
    go.resolve();
    await allSent();
  });

  it('sends each row once where many relays send', async () => {
    const ids: string[] = [];
    const wanted = add(...Array.from({ length: 200 }, (_none, n) => ({ key: `k${n % 7}`, payload: n })));
    for (let n = 0; n < 4; n += 1) start(async ({ id }) => ids.push(id), { concurrency: 5 });
    await allSent();
    expect(ids.toSorted()).toEqual(wanted.toSorted());
  });

  it('looks at once when it is woken', async () => {
    const relay = start(async () => undefined, { pollMs: 600_000 });
    // Its first look has found nothing: nothing of it is left when a turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    add({});
    relay.wake();
    await until(() => settled.length === 1, WITHIN_MS);
    expect(outcomes()).toEqual(['sent']);
  });

  it('aborts a send that takes too long, which is a failure of it', async () => {
    const reasons: unknown[] = [];
    start(
      async (_row, signal) => {
        if (reasons.length === 0) await abortOf(signal).finally(() => reasons.push(signal.reason));
      },
      { sendTimeoutMs: 10 },
    );
    add({});
    await until(() => settled.length === 2, WITHIN_MS);
    expect(reasons).toEqual([expect.objectContaining({ message: 'not sent within 10 ms' })]);
    expect(outcomes()).toEqual(['failed', 'sent']);
  });

  it('fails a row alone whose payload is damaged', async () => {
    const [damaged = ''] = add({}, {});
    db.prepare('UPDATE outbox SET payload = ? WHERE id = ?').run('{', damaged);
    start(async () => undefined, { backOff: { baseMs: 600_000, capMs: 600_000 } });
    await until(() => settled.length === 2, WITHIN_MS);
    expect(outcomes().toSorted()).toEqual(['failed', 'sent']);
  });

  it('lets what is being sent end when it closes, and claims nothing more', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const relay = start(
      async () => {
        begun.resolve();
        await go.promise;
      },
      { concurrency: 1 },
    );
    add({}, {});
    await begun.promise;
    const closed = relay.close(WITHIN_MS);
    go.resolve();
    await closed;
    expect(outcomes()).toEqual(['sent']);
    expect(await unsent()).toBe(1);
  });

  it('aborts and releases what does not end in time', async () => {
    const begun = Promise.withResolvers<void>();
    const relay = start(async (_row, signal) => {
      begun.resolve();
      await abortOf(signal);
    });
    const [id] = add({});
    await begun.promise;
    await relay.close(0);
    expect(outcomes()).toEqual(['released']);
    const [row] = await outbox.claim({ token: 'next', limit: 1, leaseMs: 1_000, backOffMaxMs: 1_000 });
    expect(row).toMatchObject({ id, failures: 0 });
  });

  it('says once that its table cannot be read, and goes on when it can', async () => {
    const lines: string[] = [];
    const note = (_fields: object, message: string) => void lines.push(message);
    let faults = 3;
    const store: SqliteOutbox = {
      ...outbox,
      claim: async (claim) => {
        if (faults-- > 0) throw new Error('away');
        return outbox.claim(claim);
      },
    };
    start(async () => undefined, { store, log: { ...silentLog, info: note, warn: note } });
    add({});
    await allSent();
    expect(lines).toEqual(['the outbox cannot be read; it is tried again', 'the outbox can be read again']);
  });

  it('asks again where its table was silent', async () => {
    const lines: string[] = [];
    let claims = 0;
    const claim: SqliteOutbox['claim'] = (asked) => ((claims += 1) === 1 ? new Promise(() => {}) : outbox.claim(asked));
    start(async () => undefined, {
      store: { ...outbox, claim },
      log: { ...silentLog, warn: (_fields, message) => void lines.push(message) },
      leaseMs: 150,
      sendTimeoutMs: 100,
    });
    add({});
    await allSent();
    expect(lines).toContain('the outbox cannot be read; it is tried again');
  });

  it.each<[string, () => Promise<number>]>([
    ['is refused', () => Promise.reject(new Error('permission denied'))],
    ['is not answered', () => new Promise(() => {})],
  ])('sends on where the deletion of what was sent %s, and says so once a minute', async (_how, deleteSent) => {
    const lines: string[] = [];
    start(async () => undefined, {
      store: { ...outbox, deleteSent },
      log: {
        ...silentLog,
        info: (_fields, message) => void lines.push(message),
        warn: (_fields, message) => void lines.push(message),
      },
      retentionMs: 1,
      leaseMs: 300,
      sendTimeoutMs: 200,
    });
    for (let n = 1; n <= 3; n += 1) {
      add({});
      await until(() => settled.length === n, WITHIN_MS);
    }
    await until(() => lines.length > 0, WITHIN_MS);
    expect(lines).toEqual(['rows that were sent could not be deleted']);
  });

  it('sends on while a deletion of what was sent takes its time', async () => {
    const deletion = Promise.withResolvers<number>();
    start(async () => undefined, { store: { ...outbox, deleteSent: () => deletion.promise } });
    const sent = (async () => {
      for (let n = 1; n <= 3; n += 1) {
        add({});
        await until(() => settled.length === n, WITHIN_MS);
      }
    })();
    await expect(sent.finally(() => deletion.resolve(0))).resolves.toBeUndefined();
    expect(outcomes()).toEqual(['sent', 'sent', 'sent']);
  });

  it('goes on where what was thrown cannot be read', async () => {
    const faults: unknown[] = [];
    let thrown = 0;
    start(
      async () => {
        if ((thrown += 1) === 1) throw Object.create(null);
      },
      { log: { ...silentLog, warn: ({ err }: { err?: unknown }) => void faults.push(err) } },
    );
    add({});
    await allSent();
    expect(faults).toEqual([new Error('{}')]);
    expect(outcomes()).toEqual(['failed', 'sent']);
  });

  it('deletes what was sent once its retention is over', async () => {
    start(async () => undefined, { retentionMs: 20 });
    add({}, {});
    await until(() => left() === 0, WITHIN_MS);
    expect(outcomes()).toEqual(['sent', 'sent']);
  });

  it.each([
    ['throws', failing],
    ['rejects', async () => failing()],
  ])('goes on where its listener %s', async (_how, listener: () => void) => {
    const [sent, lines]: string[][] = [[], []];
    start(async ({ id }) => sent?.push(id), {
      onSettled: listener,
      concurrency: 1,
      log: { ...silentLog, error: (_fields, message) => void lines?.push(message) },
    });
    const ids = add({}, {});
    await allSent();
    expect(sent).toEqual(ids);
    await until(() => lines?.length === 2, WITHIN_MS);
    expect(lines).toEqual(['onSettled threw', 'onSettled threw']);
  });

  it.each<Partial<RelayOptions>>([
    { concurrency: 0 },
    { pollMs: 0 },
    { leaseMs: 1_000, sendTimeoutMs: 900 },
    { retentionMs: Infinity },
    { backOff: { baseMs: 1, capMs: Infinity } },
  ])('refuses %j', (options) => expect(() => start(async () => undefined, options)).toThrow(TypeError));
});
