import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publicSessionId } from '@nestfleet/state';
import { type Replica, open, ownNamespace, redisUrl, withRedis } from './replica.ts';
import { Visitor, setCookieOf, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);
const OTHER_KEY = 'x'.repeat(32);
const CHOSEN_ID = 'ChosenByTheAttacker_22';
/** What a cookie without a session is refused, and what begins anew with it. */
const CLOSED = [
  { method: 'GET', url: '/session' },
  { method: 'PATCH', url: '/session', payload: { fields: { name: 'Eve' } } },
  { method: 'POST', url: '/session/rotate' },
] as const;
const MINTING = [
  { method: 'GET', url: '/' },
  { method: 'POST', url: '/session' },
] as const;

withRedis('attacks on sessions', () => {
  const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace(), SESSION_KEYS: KEY };
  let replicas: readonly Replica[];
  let one: Replica;
  beforeAll(async () => {
    one = await open(environment, 'api-1');
    replicas = [one, await open(environment, 'api-2'), await open(environment, 'api-3')];
  });
  afterAll(async () => {
    for (const replica of replicas ?? []) await replica.close();
  });

  async function victim(): Promise<Visitor> {
    const visitor = new Visitor();
    await visitor.visit(one);
    await visitor.patch(one, { name: 'Ann' });
    return visitor;
  }

  /** What a cookie opens, through any replica and by any route: nothing, when it is dead. A visit with it begins anew. */
  async function opened(sid: string | undefined): Promise<string[]> {
    const { id } = new Visitor(sid);
    const opens: string[] = [];
    for (const replica of replicas) {
      for (const { url, ...ask } of CLOSED) {
        const { statusCode } = await new Visitor(sid).ask(replica, url, ask);
        if (statusCode !== 404) opens.push(`${ask.method} ${url}: ${statusCode}`);
      }
      for (const { url, ...ask } of MINTING) {
        const visitor = new Visitor(sid);
        await visitor.ask(replica, url, ask);
        const { fields } = await visitor.session(replica);
        if (visitor.id === id || Object.keys(fields).length > 0) opens.push(`${ask.method} ${url}: ${visitor.id}`);
      }
    }
    return opens;
  }

  describe('fixation', () => {
    it.each([
      ['unsigned', CHOSEN_ID],
      ['signed by a key of the attacker', signed(CHOSEN_ID, OTHER_KEY)],
      ['signed by our key, as if it had been a session once', signed(CHOSEN_ID, KEY)],
    ])('an id that somebody chose is never taken: %s', async (_how, sid) => {
      expect(await opened(sid)).toEqual([]);
      // Nor did any of that make it a session.
      expect(await opened(signed(CHOSEN_ID, KEY))).toEqual([]);
    });

    it('the id of a session that the attacker has ended is not taken', async () => {
      const attacker = await victim();
      const { sid } = attacker;
      await attacker.end(one);
      expect(await opened(sid)).toEqual([]);
    });

    it('who rotates leaves the attacker who fixed the session outside, at once and everywhere', async () => {
      const attacker = await victim();
      const fixated = new Visitor(attacker.sid);
      expect((await fixated.rotate(one)).statusCode).toBe(200);
      expect(await opened(attacker.sid)).toEqual([]);
      for (const replica of replicas) expect((await fixated.session(replica)).fields).toEqual({ name: 'Ann' });
    });

    it('of an attacker and a victim who rotate at once one has the session', async () => {
      const attacker = await victim();
      const both = [new Visitor(attacker.sid), new Visitor(attacker.sid)];
      const ends = await Promise.all(both.map((each, n) => each.rotate(replicas[n] ?? one)));
      expect(ends.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
    });
  });

  describe('forgery', () => {
    it('no character of the cookie may be another', async () => {
      const { sid } = await victim();
      const cookie = sid ?? '';
      // The last one of a signature has two bits that say nothing in base64, and they count too.
      for (let at = 0; at < cookie.length; at += 1) {
        const forged = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
        const answer = await new Visitor(forged).ask(one, '/session');
        expect([at, answer.statusCode]).toEqual([at, 404]);
      }
      expect((await new Visitor(sid).ask(one, '/session')).statusCode).toBe(200);
    });

    it('a signature is good for its own id only', async () => {
      const [ann, eve] = [await victim(), await victim()];
      const [, signature] = (eve.sid ?? '').split('.');
      expect(await opened(`${ann.id}.${signature}`)).toEqual([]);
    });

    it.each([
      ['none', (id: string) => id],
      ['an empty one', (id: string) => `${id}.`],
      ['by another key', (id: string) => signed(id, OTHER_KEY)],
      ['by an empty key', (id: string) => signed(id, '')],
      ['two', (id: string) => `${signed(id, KEY)}.${'A'.repeat(43)}`],
    ])('the id alone is worth nothing, with this signature: %s', async (_what, forge) => {
      const ann = await victim();
      expect(await opened(forge(ann.id))).toEqual([]);
      expect((await ann.session(one)).fields).toEqual({ name: 'Ann' });
    });

    it('what is shown of a session opens nothing', async () => {
      const ann = await victim();
      const { session_id: publicId } = await ann.session(one);
      expect(publicId).toBe(publicSessionId(ann.id));
      expect(publicId).not.toContain(ann.id);
      for (const sid of [publicId, signed(publicId, KEY), signed(publicId.slice(0, 22), KEY)])
        expect(await opened(sid)).toEqual([]);
    });

    it('what we sign is an id and nothing else', async () => {
      for (const id of [
        '',
        '*',
        `${CHOSEN_ID}x`,
        '../../global',
        `${CHOSEN_ID.slice(0, 21)}}`,
        'a\r\nset-cookie: b=c',
      ]) {
        const answer = await new Visitor(signed(id, KEY)).ask(one, '/session');
        expect([id, answer.statusCode]).toEqual([id, 404]);
      }
    });
  });

  describe('replay after logout', () => {
    it('the cookie of a session that has ended opens nothing, through any replica', async () => {
      const ann = await victim();
      const { sid } = ann;
      const ended = await ann.end(replicas[1] ?? one);
      expect(ended.statusCode).toBe(204);
      expect(setCookieOf(ended)).toMatch(/^sid=; .*Expires=Thu, 01 Jan 1970/);
      expect(await opened(sid)).toEqual([]);
    });

    it('a cookie of that kind shows no jobs, and owns none that are made with it', async () => {
      const ann = await victim();
      const { sid } = ann;
      const job = { method: 'POST', payload: { name: 'demo', payload: { job: 'x' } } } as const;
      const { id } = (await ann.ask(one, '/jobs', job)).json<{ id: string }>();
      expect((await new Visitor(sid).ask(one, `/jobs/${id}`)).statusCode).toBe(200);
      await ann.end(one);
      const thief = new Visitor(sid);
      expect((await thief.ask(one, `/jobs/${id}`)).statusCode).toBe(404);
      expect((await thief.ask(one, '/jobs')).json()).toEqual({ jobs: [] });
      await thief.ask(one, '/jobs', job);
      expect((await thief.ask(one, '/jobs')).json()).toEqual({ jobs: [] });
    });

    it('writes that arrive late do not wake it', async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        const ann = await victim();
        const { sid } = ann;
        const late = replicas.flatMap((replica) =>
          Array.from({ length: 10 }, (_none, n) => new Visitor(sid).patch(replica, { [`f${n}`]: n })),
        );
        const [ended, ...written] = await Promise.all([ann.end(one), ...late]);
        expect(ended.statusCode).toBe(204);
        for (const { statusCode } of written) expect([200, 404]).toContain(statusCode);
        expect((await new Visitor(sid).ask(one, '/session')).statusCode).toBe(404);
      }
    });

    it('nor do visits', async () => {
      const ann = await victim();
      const { sid } = ann;
      await Promise.all([ann.end(one), ...replicas.map((replica) => new Visitor(sid).visit(replica))]);
      expect(await opened(sid)).toEqual([]);
    });
  });

  it('100 fields that are written at once through several replicas are 100 fields', async () => {
    const ann = await victim();
    const written = await Promise.all(
      Array.from({ length: 100 }, (_none, n) =>
        new Visitor(ann.sid).patch(replicas[n % replicas.length] ?? one, { [`f${n}`]: n }),
      ),
    );
    expect(new Set(written.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    const { fields } = await ann.session(one);
    expect(Object.keys(fields)).toHaveLength(101);
  });
});
