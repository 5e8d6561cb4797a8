import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SHUTDOWN_STEPS, until, type WithShutdownSteps } from '@nestfleet/timing';
import { type OutboxRow, type SqliteOutbox, sqliteOutbox } from '../index.ts';
import { InjectOutbox, InjectRelay, OutboxModule, outboxToken, relayToken } from '../nest.ts';
import type { OutboxRelay } from './outbox.relay.ts';

@Injectable()
class Orders {
  constructor(
    @InjectOutbox() readonly outbox: SqliteOutbox,
    @InjectRelay() readonly relay: OutboxRelay,
  ) {}
}

@Injectable()
class Audit {
  constructor(
    @InjectOutbox() readonly orders: SqliteOutbox,
    @InjectOutbox('audit') readonly audit: SqliteOutbox,
  ) {}
}

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function store() {
  const db = new DatabaseSync(':memory:');
  const outbox = sqliteOutbox(db);
  await outbox.createTable();
  return { db, outbox, place: (id: string) => outbox.add(db, { topic: 'order placed', payload: {}, id }) };
}

async function appOf(imports: ModuleMetadata['imports'], providers: ModuleMetadata['providers'] = []) {
  const app = await Test.createTestingModule({ imports: imports ?? [], providers: [...providers] }).compile();
  ends.unshift(() => app.close());
  return app.init();
}

/** The module's steps in the shutdown of a service. */
const stepsOf = (relay: WithShutdownSteps) => relay[SHUTDOWN_STEPS];

describe('OutboxModule', () => {
  it.each([
    ['forRoot', OutboxModule.forRoot.bind(OutboxModule)],
    [
      'forRootAsync',
      (options: Parameters<typeof OutboxModule.forRoot>[0]) =>
        OutboxModule.forRootAsync({ useFactory: async () => options }),
    ],
  ])('%s gives every module the outbox, and sends from the start of the application to its end', async (_n, module) => {
    const { db, outbox, place } = await store();
    ends.push(() => db.close());
    const sent: string[] = [];
    const send = async ({ id }: OutboxRow) => void sent.push(id);
    place('early');
    const app = await appOf([module({ outbox, relay: { send, pollMs: 60_000 } })], [Orders]);
    const orders = app.get(Orders);
    expect(orders.outbox).toBe(outbox);
    await until(() => sent.includes('early'), 10_000);
    place('late');
    await until(() => (orders.relay.wake(), sent.includes('late')), 10_000);
    await app.close();
    place('after');
    orders.relay.wake();
    // A relay that runs has sent it within these turns: nothing that it waits for takes a timer.
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(sent).toEqual(['early', 'late']);
    expect((await outbox.backlog()).unsent).toBe(1);
  });

  it('sends nothing where it is told of no relay', async () => {
    const { db, outbox, place } = await store();
    ends.push(() => db.close());
    const app = await appOf([OutboxModule.forRoot({ outbox })], [Orders]);
    place('a');
    const { relay } = app.get(Orders);
    relay.wake();
    expect(stepsOf(relay).finishMs).toBe(0);
    await app.close();
    expect((await outbox.backlog()).unsent).toBe(1);
  });

  it('lets what is being sent end before the application closes, once, and with the steps of a service too', async () => {
    const { db, outbox, place } = await store();
    ends.push(() => db.close());
    const held = Promise.withResolvers<void>();
    place('a');
    const app = await appOf([OutboxModule.forRoot({ outbox, relay: { send: () => held.promise }, finishMs: 20_000 })]);
    const relay = app.get<OutboxRelay>(relayToken());
    await until(() => relay.sending === 1, 10_000);
    // The last steps of a relay take their time too.
    expect(stepsOf(relay)).toMatchObject({ name: 'outbox', finishMs: 22_000 });
    const closed = Promise.all([stepsOf(relay).beforeClose?.(), app.close()]);
    held.resolve();
    await closed;
    expect((await outbox.backlog()).unsent).toBe(0);
  });

  it('tells two outboxes by their names', async () => {
    const [orders, audit] = [await store(), await store()];
    ends.push(
      () => orders.db.close(),
      () => audit.db.close(),
    );
    const named = OutboxModule.forRoot({ outbox: audit.outbox, name: 'audit' });
    const app = await appOf([OutboxModule.forRoot({ outbox: orders.outbox }), named], [Audit]);
    expect(app.get(Audit).orders).toBe(orders.outbox);
    expect(app.get(Audit).audit).toBe(audit.outbox);
    expect(app.get(outboxToken('audit'))).toBe(audit.outbox);
  });

  it.each([
    ['without a name', undefined],
    ['with the name "audit"', 'audit'],
  ])('of two %s the start is refused', async (which, name) => {
    const { db, outbox } = await store();
    ends.push(() => db.close());
    const module = () => OutboxModule.forRoot({ outbox, name });
    await expect(appOf([module(), module()])).rejects.toMatchObject({
      code: 'registered_twice',
      message: `OutboxModule.forRoot is imported 2 times ${which} (registered_twice)`,
    });
  });
});
