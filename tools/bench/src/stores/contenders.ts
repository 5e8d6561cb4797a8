import { RedisStore } from 'connect-redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import session from 'express-session';
import { expressSessionStore, openState, throttlerStorage } from '@nestfleet/state';
import { USUAL_THROTTLER_SCRIPT } from './usual-throttler.ts';

/** Something that is asked for the same work, by number; each number is another session or caller of 1,000. */
export interface Contender {
  readonly run: (n: number) => Promise<unknown>;
  close(): Promise<void>;
}

export interface Pair {
  readonly work: string;
  /** The usual one first. */
  readonly contenders: readonly [usual: Opening, ours: Opening];
}

export interface Opening {
  readonly name: string;
  open(redisUrl: string): Promise<Contender>;
}

const SESSIONS = 1_000;
const LIMITS = { ttlMs: 10_000, few: 5, many: 1_000 };
const SECRETS = Array.from({ length: SESSIONS }, (_none, n) => `session-${n}`);
const secretOf = (n: number): string => SECRETS[n % SESSIONS]!;
/** As an express session is: a cookie, who is signed in, a cart of some things. */
const fresh = (): session.SessionData & Record<string, unknown> => ({
  cookie: new session.Cookie(),
  user: { id: 17, name: 'Ann', roles: ['buyer'] },
  cart: Array.from({ length: 5 }, (_none, n) => ({ sku: `sku-${n}`, count: n })),
  views: 0,
});

type StoredData = session.SessionData & Record<string, unknown>;

/** What express-session asks of a store. */
interface Asked {
  get(id: string, callback: (error: unknown, data?: session.SessionData | null) => void): unknown;
  set(id: string, data: session.SessionData, callback: (error?: unknown) => void): unknown;
}

const asked = <T>(ask: (callback: (error?: unknown, value?: T | null) => void) => unknown): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    ask((error, value) => (error instanceof Error ? reject(error) : resolve(value ?? undefined)));
  });

async function sessionsOf(store: Asked, isChange: boolean, close: () => Promise<void>): Promise<Contender> {
  for (const id of SECRETS) await asked((done) => store.set(id, fresh(), done));
  return {
    async run(n) {
      const data = await asked<StoredData>((done) =>
        store.get(secretOf(n), (error, read) => done(error, read as StoredData)),
      );
      if (data === undefined) throw new Error('the session is gone');
      if (!isChange) return;
      data['views'] = n;
      await asked((done) => store.set(secretOf(n), data, done));
    },
    close,
  };
}

const openUsual = async (redisUrl: string, isChange: boolean): Promise<Contender> => {
  const client = createClient({ url: redisUrl });
  await client.connect();
  return sessionsOf(new RedisStore({ client }), isChange, () => client.close());
};

const openStores = async (redisUrl: string, isChange: boolean): Promise<Contender> => {
  const state = await openBenchState(redisUrl);
  return sessionsOf(expressSessionStore(session, state.sessions), isChange, () => state.close());
};

async function openBenchState(redisUrl: string): Promise<ReturnType<typeof openState>> {
  const state = openState({ redisUrl, namespace: 'stores', commandTimeoutMs: 10_000 });
  await state.ready();
  return state;
}

const sessions = (work: string, isChange: boolean): Pair => ({
  work,
  contenders: [
    { name: 'connect-redis', open: (url) => openUsual(url, isChange) },
    { name: 'expressSessionStore', open: (url) => openStores(url, isChange) },
  ],
});

const throttler = (limit: number): Pair => ({
  work: `throttler: one request of ${limit} in 10 s`,
  contenders: [
    {
      name: 'throttler-storage-redis',
      open: async (url) => {
        const redis = new Redis(url);
        const run = (n: number): Promise<unknown> => {
          const key = `{${secretOf(n)}:${limit}}`;
          const args = ['default', LIMITS.ttlMs, limit, LIMITS.ttlMs];
          return redis.eval(USUAL_THROTTLER_SCRIPT, 2, `${key}:hits`, `${key}:blocked`, ...args);
        };
        return { run, close: async () => redis.disconnect() };
      },
    },
    {
      name: 'throttlerStorage',
      open: async (url) => {
        const state = await openBenchState(url);
        const storage = throttlerStorage(state);
        const run = (n: number) => storage.increment(secretOf(n), LIMITS.ttlMs, limit, LIMITS.ttlMs, `of-${limit}`);
        return { run, close: () => state.close() };
      },
    },
  ],
});

export const PAIRS: readonly Pair[] = [
  sessions('session: read', false),
  sessions('session: read, change a field, save', true),
  throttler(LIMITS.few),
  throttler(LIMITS.many),
];
