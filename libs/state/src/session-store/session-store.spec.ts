import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import session from 'express-session';
import { expressSessionStore, saveSession, type SessionStore, storedSessionId } from '../index.ts';
import type { Session, Sessions } from '../sessions/sessions.ts';
import { openMemoryState } from '../testing.ts';

const ID = 'id-of-a-cookie';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

type Stored = Record<string, unknown> & { cookie: { expires: string; originalMaxAge: number } };
type Callback = (error: unknown, stored?: Stored) => void;
const called = (call: (callback: Callback) => void): Promise<Stored | undefined> =>
  new Promise((resolve, reject) => {
    call((error, stored) => (error instanceof Error ? reject(error) : resolve(stored)));
  });
const cookieUntil = (expires: number, maxAge = MINUTE_MS) => ({
  cookie: { originalMaxAge: maxAge, expires: new Date(expires) },
});

describe('a session store', () => {
  let sessions: Sessions;
  let store: SessionStore;
  let calls: string[];
  const load = () => called((done) => store.get(ID, done));
  const save = (data: object) => called((done) => store.set(ID, data, done));
  const touch = (data: object) => called((done) => store.touch(ID, data, done));
  const found = (): Promise<Session | undefined> => sessions.find(storedSessionId(ID));

  beforeEach(() => {
    sessions = openMemoryState().sessions;
    calls = [];
    const noted = new Proxy(sessions, {
      get: (target, name, receiver: unknown) => {
        calls.push(String(name));
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    store = expressSessionStore(session, noted);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is a store of express-session', () => {
    expect(store).toBeInstanceOf(session.Store);
  });

  it('saves again what the same request changes after a save, and that alone', async () => {
    const data = { ...cookieUntil(Date.now() + MINUTE_MS), a: 1, gone: true } as Record<string, unknown>;
    await save(data);
    await sessions.set(storedSessionId(ID), { a: 2 });
    delete data['gone'];
    await save(Object.assign(data, { b: 1 }));
    expect((await found())?.data).toMatchObject({ a: 2, b: 1 });
    expect((await found())?.data).not.toHaveProperty('gone');
  });

  it('asks for no session that it saves', async () => {
    await save({ ...cookieUntil(Date.now() + MINUTE_MS), a: 1, same: { of: ['each', 1] } });
    const read = (await load())!;
    calls.length = 0;
    await save(Object.assign(read, { a: 2 }));
    expect(calls).toEqual(['patch']);
    expect((await found())?.data).toMatchObject({ a: 2, same: { of: ['each', 1] } });
  });

  it('stores what it read from as no field, and sends it nowhere', async () => {
    await save({ ...cookieUntil(Date.now() + MINUTE_MS), a: 1 });
    const read = await load();
    await save(Object.assign(read!, { b: 1 }));
    expect(Object.keys((await found())?.data ?? {}).toSorted()).toEqual(['a', 'b', 'cookie']);
    expect(Object.keys(JSON.parse(JSON.stringify(read)) as object)).toEqual(['cookie', 'a', 'b']);
  });

  it('keeps an unchanged session alive with its cookie, and a saved one not once more', async () => {
    await save(cookieUntil(Date.now() + MINUTE_MS));
    const read = (await load())!;
    calls.length = 0;
    await touch(read);
    expect(calls).toEqual(['touch']);
    const later = new Date(Date.now() + HOUR_MS).toISOString();
    await touch(Object.assign(read, { cookie: { ...read.cookie, expires: later } }));
    expect((await found())?.data['cookie']).toMatchObject({ expires: later });
    await save(Object.assign(read, { a: 1 }));
    calls.length = 0;
    await touch(read);
    await save(read);
    expect(calls).toEqual([]);
  });

  it('has no session whose cookie has expired, and none of an id that is unknown', async () => {
    expect(await load()).toBeUndefined();
    await save(cookieUntil(Date.now() - 1));
    expect(await load()).toBeUndefined();
  });

  it('saves a new session once more where the answer to its opening was lost', async () => {
    await sessions.openAs(storedSessionId(ID), { a: 1 });
    await save({ ...cookieUntil(Date.now() + MINUTE_MS), a: 2 });
    expect((await found())?.data['a']).toBe(2);
  });

  it.each<[what: string, field: unknown]>([
    ['a map, which would be an empty object', new Map([['a', 1]])],
    ['a set inside', { seen: [new Set([1])] }],
    ['an error', new Error('no')],
    ['a function, which would be left out', () => 1],
  ])('refuses %s, and stores nothing of the request', async (_what, field) => {
    const stored = { ...cookieUntil(Date.now() + MINUTE_MS), a: 1 };
    await save(stored);
    const read = (await load())!;
    const refused = expect.objectContaining({
      code: 'invalid_session_data',
      message: expect.stringContaining('session data: ') as unknown,
    }) as unknown;
    await expect(save(Object.assign(read, { a: 2, field }))).rejects.toEqual(refused);
    expect((await found())?.data).toMatchObject({ a: 1 });
    const saving = { value: (done: () => void) => done() };
    const request = { sessionID: ID, session: Object.defineProperty(read, 'save', saving) };
    await expect(saveSession(request)).rejects.toEqual(refused);
    expect(request).toEqual({ sessionID: undefined, session: null });
  });

  it('opens no session where one has ended', async () => {
    await save({ a: 1 });
    await called((done) => store.destroy(ID, done));
    await save({ a: 2 });
    expect(await found()).toBeUndefined();
  });

  it('warns once of a cookie that lives longer than its session may', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await save(cookieUntil(Date.now() + HOUR_MS, 48 * HOUR_MS));
    await called((done) => store.set('another', cookieUntil(Date.now() + HOUR_MS, 48 * HOUR_MS), done));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('sessionTtlMs and sessionMaxMs');
  });
});
