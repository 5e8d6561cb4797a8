import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { Redis } from 'ioredis';
import { bundleRecipe, type Recipe, type Replica } from './recipe.ts';
import { startRedis } from './servers.ts';

/** Those that no test sees the end of are long. */
const SHORT_TTLS = { TTL_MS: '3000', MEMORY_TTL_MS: '1000' };
const LONG_TTLS = { TTL_MS: '600000', MEMORY_TTL_MS: '600000' };
const WITHIN_MS = 15_000;
const START_WITHIN_MS = 60_000;
/** Of a test that starts processes; a busy machine takes its time for that. */
const RESTART_WITHIN_MS = 180_000;
/** Many times what a request waits for Redis. */
const ANSWER_WITHIN_MS = 5_000;

let recipe: Recipe;
let redis: RedisServer;
let admin: Redis;
let dir: string;
let replicas: readonly Replica[];
let tests = 0;
let id: string;

const urlOf = (replica: Replica): string => `${replica.url}/products/${id}`;

async function priceAt(replica: Replica): Promise<number> {
  const response = await fetch(urlOf(replica), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) throw new Error(`a product was answered with ${response.status}`);
  return ((await response.json()) as { price: number }).price;
}

async function setPrice(replica: Replica, price: number): Promise<void> {
  const response = await fetch(urlOf(replica), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ price }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  expect(response.status).toBe(200);
}

const pricesOfAll = (): Promise<number[]> => Promise.all(replicas.map(priceAt));
const loadsOf = ({ output }: Replica): number => output().split(`loads ${id}\n`).length - 1;
const loadsOfAll = (): readonly number[] => replicas.map(loadsOf);
const settings = (ttls: typeof LONG_TTLS) => ({
  REDIS_URL: redis.url,
  DATABASE: join(dir, 'products.sqlite'),
  ...ttls,
});
const startReplicas = (ttls: typeof LONG_TTLS): Promise<readonly Replica[]> =>
  Promise.all([0, 1, 2].map(() => recipe.start(settings(ttls))));

function changeUnheard(price: number): void {
  const database = new DatabaseSync(join(dir, 'products.sqlite'), { timeout: 5_000 });
  database.prepare('update products set price = ? where id = ?').run(price, id);
  database.close();
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nestfleet-recipes-'));
  [recipe, redis] = await Promise.all([bundleRecipe('cache'), startRedis(dir)]);
  admin = new Redis(redis.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  replicas = await startReplicas(LONG_TTLS);
}, 150_000);
beforeEach(() => void (id = `product-${(tests += 1)}`));
afterAll(async () => {
  admin?.disconnect();
  await recipe?.end();
  await redis?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** So many requests at once, each replica in turn. */
const pricesOf = (requests: number): Promise<number[]> =>
  Promise.all(Array.from({ length: requests }, (_each, n) => priceAt(replicas[n % replicas.length]!)));

const untilAllAnswer = (price: number): Promise<boolean> =>
  until(async () => (await pricesOfAll()).every((each) => each === price), WITHIN_MS, {
    what: `${price} at all replicas`,
  });

describe('the recipe for a cache', () => {
  it('shows a change that one replica makes at the others, which have the old value in memory', async () => {
    for (const [index, price] of [3, 5, 8, 13].entries()) {
      await setPrice(replicas[index % replicas.length]!, price);
      expect(await untilAllAnswer(price)).toBe(true);
    }
  });

  it('loads a value that 200 requests at once lack at most once in each replica', async () => {
    expect(new Set(await pricesOf(200))).toEqual(new Set([0]));
    expect(Math.max(...loadsOfAll())).toBe(1);
  });

  it('answers while Redis is away: from memory, or with one load in each replica, and says little', async () => {
    await setPrice(replicas[0]!, 5);
    expect(await untilAllAnswer(5)).toBe(true);
    const loads = loadsOfAll();
    const lengths = replicas.map(({ output }) => output().length);
    await redis.kill();
    expect(new Set(await pricesOf(300))).toEqual(new Set([5]));
    expect(loadsOfAll()).toEqual(loads);

    const inMemory = id;
    id = `${inMemory}-other`;
    expect(new Set(await pricesOf(300))).toEqual(new Set([0]));
    expect(loadsOfAll()).toEqual([1, 1, 1]);

    id = inMemory;
    await setPrice(replicas[0]!, 7);
    expect(await priceAt(replicas[0]!)).toBe(7);
    const said = replicas.flatMap(({ output }, index) => output().slice(lengths[index]).split('\n'));
    // 600 were asked, and none has a line.
    expect(said.length).toBeLessThan(600);
    redis = await startRedis(dir, redis.port);
  });

  it('answers while Redis hangs, with one load in each replica, and hears of changes once that goes on', async () => {
    await setPrice(replicas[0]!, 5);
    expect(await untilAllAnswer(5)).toBe(true);
    const inMemory = id;
    redis.child.kill('SIGSTOP');
    try {
      expect(new Set(await pricesOf(30))).toEqual(new Set([5]));
      id = `${inMemory}-other`;
      expect(new Set(await pricesOf(30))).toEqual(new Set([0]));
      expect(loadsOfAll()).toEqual([1, 1, 1]);
    } finally {
      redis.child.kill('SIGCONT');
    }
    await admin.ping();
    id = inMemory;
    await setPrice(replicas[1]!, 6);
    expect(await untilAllAnswer(6)).toBe(true);
  });

  it('asks Redis again for what it has in memory, once it was cut off from it', async () => {
    await setPrice(replicas[0]!, 1);
    expect(await untilAllAnswer(1)).toBe(true);
    await redis.kill();
    redis = await startRedis(dir, redis.port);
    // By somebody whom no replica hears.
    changeUnheard(2);
    await admin.del(`products:${id}`);
    expect(await untilAllAnswer(2)).toBe(true);
  });

  it(
    'has no value that is older than its TTLs once Redis is back, whatever changed meanwhile',
    async () => {
      replicas = await startReplicas(SHORT_TTLS);
      await setPrice(replicas[0]!, 1);
      expect(await untilAllAnswer(1)).toBe(true);
      await redis.kill();
      await setPrice(replicas[0]!, 2);
      redis = await startRedis(dir, redis.port);
      expect(await untilAllAnswer(2)).toBe(true);
      await setPrice(replicas[1]!, 3);
      expect(await untilAllAnswer(3)).toBe(true);
    },
    RESTART_WITHIN_MS,
  );

  it(
    'starts once Redis is there',
    async () => {
      await redis.kill();
      let said = '';
      const starting = recipe.start(settings(LONG_TTLS), (text) => void (said += text));
      await until(() => said.includes('ECONNREFUSED'), START_WITHIN_MS);
      redis = await startRedis(dir, redis.port);
      expect(await priceAt(await starting)).toBe(0);
    },
    RESTART_WITHIN_MS,
  );
});
