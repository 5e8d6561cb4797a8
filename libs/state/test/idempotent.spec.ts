import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication, Module, Post } from '@nestjs/common';
import { until } from '@nestfleet/timing';
import { Test } from '@nestjs/testing';
import type { State } from '../src/index.ts';
import { Idempotent, StateModule } from '../src/nest.ts';
import { openMemoryState } from '../src/testing.ts';
import { Ledger, startPaymentApp } from './payment-app.ts';
import { WITHIN_MS } from './servers.ts';
import { PLATFORMS } from './session-apps.ts';

/** A request, and its key. */
interface Sent {
  readonly key?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

const json = (body: unknown): Sent => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

describe.each(PLATFORMS)('@Idempotent() on %s', (platform) => {
  let ledger: Ledger;
  let app: INestApplication;
  let state: State;
  let nowMs: number;

  beforeEach(async () => {
    nowMs = 1_700_000_000_000;
    state = openMemoryState({ nowMs: () => nowMs });
    ledger = new Ledger();
    app = await startPaymentApp(platform, state, ledger);
  });
  afterEach(async () => {
    ledger.gate.letGo();
    await app.close();
  });

  async function send(path: string, init: Sent = {}) {
    const { key, method = 'POST', ...more } = init;
    const headers = { ...(key === undefined ? {} : { 'idempotency-key': key }), ...more.headers };
    const answer = await fetch(`${await app.getUrl()}/payments/${path}`, {
      ...more,
      headers,
      method,
      redirect: 'manual',
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const replayed = answer.headers.get('idempotency-replayed');
    return { status: answer.status, headers: answer.headers, body, text: body.toString('utf8'), replayed };
  }
  const coded = async (answer: ReturnType<typeof send>) => {
    const { status, text } = await answer;
    return [status, (JSON.parse(text) as { errorCode?: string }).errorCode];
  };

  it.each([
    ['json', 202, ['content-type', 'x-receipt']],
    ['text', 201, ['content-type', 'etag']],
    ['bytes', 201, ['content-type']],
    ['by-itself', 201, ['content-type', 'etag']],
    ['redirect', 303, ['location']],
    ['none', 204, []],
  ])('answers a retry of %s as the first time: status, headers and body', async (path, status, names) => {
    const init = { key: randomUUID(), method: path === 'none' ? 'DELETE' : 'POST' };
    const first = await send(path, init);
    const again = await send(path, init);
    expect([first.status, first.replayed]).toEqual([status, null]);
    expect([again.status, again.replayed]).toEqual([status, 'true']);
    expect(again.body.equals(first.body)).toBe(true);
    for (const name of names) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect(again.headers.get('x-other')).toBeNull();
    expect(ledger.done).toBe(1);
  });

  it('gives the handler one token for all retries of one key', async () => {
    const key = randomUUID();
    ledger.status = 500;
    await send('status', { key });
    await send('status', { key });
    await send('optional', { key });
    await send('optional');
    const [first, again, otherRoute, none] = ledger.tokens;
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(again).toBe(first);
    expect(otherRoute).not.toBe(first);
    expect([ledger.done, none]).toEqual([4, undefined]);
  });

  it.each([
    ['JSON in another order', json({ a: 1, b: 2 }), json({ b: 2, a: 1 }), 202],
    ['other JSON', json({ a: 1 }), json({ a: 2 }), 422],
    ['text', { body: 'a', headers: { 'content-type': 'text/plain' } }, json({ a: 2 }), 422],
    [
      'other bytes',
      { body: Buffer.from([1, 255]), headers: { 'content-type': 'application/octet-stream' } },
      { body: Buffer.from([1, 254]), headers: { 'content-type': 'application/octet-stream' } },
      422,
    ],
  ])('of two bodies, the second one %s', async (_what, one, other, status) => {
    const key = randomUUID();
    expect((await send('json', { key, ...one })).status).toBe(202);
    expect((await send('json', { key, ...one })).replayed).toBe('true');
    const answer = await send('json', { key, ...other });
    const { errorCode } = JSON.parse(answer.text) as { errorCode?: string };
    expect([answer.status, errorCode]).toEqual([status, status === 422 ? 'idempotency_mismatch' : undefined]);
    expect(ledger.done).toBe(1);
  });

  it('is refused without a key, and with what is none', async () => {
    expect(await coded(send('json'))).toEqual([400, 'idempotency_key_missing']);
    for (const key of ['', '"a', 'a b', 'x'.repeat(256)])
      expect(await coded(send('json', { key }))).toEqual([400, 'invalid_idempotency_key']);
    expect(ledger.done).toBe(0);
    expect((await send('optional')).status).toBe(201);
    expect((await send('optional')).status).toBe(201);
    expect(ledger.done).toBe(2);
  });

  it('takes a key that others may choose too only where the route says whose it is', async () => {
    expect(await coded(send('json', { key: 'order-17' }))).toEqual([400, 'invalid_idempotency_key']);
    const of = (user: string) => send('mine', { key: 'order-17', headers: { 'x-user': user } });
    const [ann, ben, again] = [await of('ann'), await of('ben'), await of('ann')];
    expect([ann.replayed, ben.replayed, again.replayed]).toEqual([null, null, 'true']);
    expect(again.text).toBe(ann.text);
    expect(await coded(send('mine', { key: 'order-17' }))).toEqual([400, 'invalid_idempotency_key']);
    expect(ledger.done).toBe(2);
  });

  it('is refused with 409 while the first one runs, and replayed after it', async () => {
    const key = randomUUID();
    const first = send('slow', { key });
    await until(() => ledger.done === 1, WITHIN_MS);
    const beside = await send('slow', { key });
    expect([beside.status, JSON.parse(beside.text)]).toMatchObject([409, { errorCode: 'idempotency_in_flight' }]);
    expect(beside.headers.get('retry-after')).toBe('5');
    ledger.gate.letGo();
    const { text } = await first;
    expect(await send('slow', { key })).toMatchObject({ replayed: 'true', text });
    expect(ledger.done).toBe(1);
  });

  it('has its response before the first client has: who repeats it at once gets it', async () => {
    const finish = state.idempotency.finish.bind(state.idempotency);
    const stored = Promise.withResolvers<void>();
    Object.assign(state.idempotency, {
      finish: async (...args: Parameters<typeof finish>) => {
        await stored.promise;
        return finish(...args);
      },
    });
    let isAnswered = false;
    const first = send('text', { key: randomUUID() }).then(() => (isAnswered = true));
    await until(() => ledger.done === 1, WITHIN_MS);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    stored.resolve();
    await first;
  });

  it.each([
    [404, 'true'],
    [409, 'true'],
    [410, 'true'],
    [400, null],
    [403, null],
    [429, null],
    [500, null],
    [502, null],
    [503, null],
  ])('an answer of %i that the handler throws is replayed: %s', async (status, replayed) => {
    ledger.status = status;
    const key = randomUUID();
    const first = await send('status', { key });
    const again = await send('status', { key });
    expect([first.status, again.status, again.replayed]).toEqual([status, status, replayed]);
    expect(ledger.done).toBe(replayed === null ? 2 : 1);
    expect(again.text === first.text).toBe(replayed !== null);
  });

  it.each(['fault', 'for-now'])('does again what ended with %s', async (path) => {
    const key = randomUUID();
    const answers = [await send(path, { key }), await send(path, { key })];
    expect(answers.map(({ replayed }) => replayed)).toEqual([null, null]);
    expect(ledger.done).toBe(2);
  });

  it('is done once where an outer interceptor takes the first value and no more', async () => {
    const key = randomUUID();
    const { text } = await send('first', { key });
    expect(await send('first', { key })).toMatchObject({ status: 201, replayed: 'true', text });
    expect(ledger.done).toBe(1);
  });

  it.each(['timed-out-inside', 'timed-out-outside'])(
    'is not begun beside itself behind a time-out: %s',
    async (path) => {
      const key = randomUUID();
      expect((await send(path, { key })).status).toBe(408);
      expect(await coded(send(path, { key }))).toEqual([409, 'idempotency_in_flight']);
      nowMs += 5_000;
      expect((await send(path, { key })).status).toBe(408);
      expect(ledger.done).toBe(2);
    },
  );

  it('does again what was refused because another request held its lease', async () => {
    const [key, other] = [randomUUID(), randomUUID()];
    const first = send('exclusive', { key: other });
    await until(() => ledger.done === 1, WITHIN_MS);
    expect((await send('exclusive', { key })).status).toBe(409);
    ledger.gate.letGo();
    expect((await first).status).toBe(201);
    const again = send('exclusive', { key });
    await until(() => ledger.done === 2, WITHIN_MS);
    ledger.gate.letGo();
    expect(await again).toMatchObject({ status: 201, replayed: null });
    expect(await send('exclusive', { key })).toMatchObject({ status: 201, replayed: 'true' });
  });

  it('does a request once whose response is too large to be stored, and says so', async () => {
    const key = randomUUID();
    const first = await send('large', { key });
    expect([first.status, first.text.length]).toEqual([201, 70_000]);
    const again = await send('large', { key });
    expect([again.status, JSON.parse(again.text)]).toMatchObject([
      409,
      { errorCode: 'idempotency_response_not_stored' },
    ]);
    expect(again.replayed).toBe('true');
    expect(ledger.done).toBe(1);
  });

  it.each(['stream', 'silent-stream', 'late-stream'])(
    'says that it was done where the client has left before the end of its %s',
    async (path) => {
      const key = randomUUID();
      const leaving = new AbortController();
      const left = fetch(`${await app.getUrl()}/payments/${path}`, {
        method: 'POST',
        headers: { 'idempotency-key': key },
        signal: leaving.signal,
      });
      if (path === 'stream') await left;
      await until(() => ledger.done === 1, WITHIN_MS);
      leaving.abort();
      await left.catch(() => undefined);
      const answer = () => coded(send(path, { key }));
      await until(async () => (await answer())[1] === 'idempotency_response_not_stored', WITHIN_MS);
      expect(ledger.done).toBe(1);
    },
  );

  it('replays for as long as the route says', async () => {
    const key = randomUUID();
    await send('brief', { key });
    nowMs += 999;
    expect((await send('brief', { key })).replayed).toBe('true');
    nowMs += 1;
    expect((await send('brief', { key })).replayed).toBeNull();
  });

  it.each([
    ['of-both', 1_000, 400],
    ['of-controller', 2_000, 201],
  ])('holds once for a handler and its controller: %s', async (path, ttlMs, withoutKey) => {
    const key = randomUUID();
    expect(await send(`orders/${path}`, { key })).toMatchObject({ status: 201, replayed: null });
    nowMs += ttlMs - 1;
    expect(await send(`orders/${path}`, { key })).toMatchObject({ status: 201, replayed: 'true' });
    expect(ledger.done).toBe(1);
    nowMs += 1;
    expect(await send(`orders/${path}`, { key })).toMatchObject({ status: 201, replayed: null });
    expect((await send(`orders/${path}`)).status).toBe(withoutKey);
  });

  it('answers the client also where the response cannot be stored', async () => {
    Object.assign(state.idempotency, { finish: () => Promise.reject(new Error('away')) });
    expect((await send('json', { key: randomUUID() })).status).toBe(202);
  });
});

describe('@Idempotent()', () => {
  it('refuses what it could not do', () => {
    expect(() => Idempotent({ ttlMs: 86_400_001 })).toThrow(expect.objectContaining({ code: 'invalid_idempotency' }));
    expect(() => Idempotent({ headers: ['Set-Cookie'] })).toThrow('stores no set-cookie');
  });

  it('needs the StateModule that it names, which is told at boot', async () => {
    @Controller()
    class Orders {
      @Post()
      @Idempotent({ state: 'orders' })
      add(): void {}
    }
    @Module({ imports: [StateModule.forRoot({ state: openMemoryState() })], controllers: [Orders] })
    class AppModule {}
    const app = Test.createTestingModule({ imports: [AppModule] }).compile();
    await expect(app).rejects.toThrow('nestfleet:state-idempotency:orders');
  });
});
