import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { Redis } from 'ioredis';
import { type Balancer, startBalancer } from './balancer.ts';
import { type Client, startClient } from './clients.ts';
import { type Posting, post, postMany, startPosting, storedNumbers } from './posts.ts';
import { bundleRecipe, type Recipe, type Replica } from './recipe.ts';
import { startRedis } from './servers.ts';

const WITHIN_MS = 20_000;
/** Six processes start and three end; a busy machine takes its time for that. */
const ROLL_WITHIN_MS = 240_000;
/** Long enough for its request to be with a replica. */
const GIVES_UP_MS = 3_000;
const SPREAD_MS = 600;
/** Redis cuts it in pieces of up to 100 entries, so that it may hold so many more. */
const STREAM_MAX_LEN = 500;

let recipe: Recipe;
let redis: RedisServer;
let dir: string;
let admin: Redis;
let balancer: Balancer;
let replicas: Replica[] = [];
let clients: Client[] = [];
let posting: Posting | undefined;

async function startReplica(): Promise<Replica> {
  const settings = { SPREAD_MS, STREAM_MAX_LEN, DRAIN_DELAY_MS: 300 };
  const text = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const replica = await recipe.start({ ...text, REDIS_URL: redis.url });
  balancer.replicas.add(replica.port);
  await until(async () => (await fetch(`${replica.url}/readyz`)).ok, WITHIN_MS);
  return replica;
}

async function connectClients(count: number): Promise<Client[]> {
  clients = Array.from({ length: count }, () => startClient(balancer.url));
  await until(() => clients.every(({ socket }) => socket.connected), WITHIN_MS, { what: 'the connection of all' });
  return clients;
}

/** Each client has had each message, once and in order. */
async function expectAllToHaveAll(): Promise<void> {
  const all = await storedNumbers(balancer.url);
  expect(all.length).toBeGreaterThan(0);
  await until(() => clients.every(({ numbers }) => numbers.length >= all.length), WITHIN_MS, {
    what: `the delivery of all ${all.length} messages`,
  });
  for (const { numbers } of clients) expect(numbers).toEqual(all);
}

const storedSessions = async (): Promise<number> => (await admin.keys('sio:session:*')).length;

/** Its replica has seen it, and stored what it was sent last. */
async function loseConnection(client: Client): Promise<void> {
  const before = await storedSessions();
  client.loseConnection();
  await until(async () => (await storedSessions()) > before, WITHIN_MS, { what: 'the session of the client' });
}

const movesOf = (all: readonly Client[]) => all.flatMap(({ moves }) => moves);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nestfleet-recipes-'));
  [recipe, redis, balancer] = await Promise.all([bundleRecipe('socket-io'), startRedis(dir), startBalancer()]);
  admin = new Redis(redis.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  replicas = await Promise.all([startReplica(), startReplica(), startReplica()]);
}, 150_000);
afterEach(async () => {
  await posting?.stop();
  for (const { socket } of clients.splice(0)) socket.disconnect();
});
afterAll(async () => {
  admin?.disconnect();
  await balancer?.close();
  await recipe?.end();
  await redis?.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('the recipe for socket.io', () => {
  it('delivers what was sent while a client was away, and tells it that it has recovered', async () => {
    const [away] = await connectClients(2);
    await postMany(balancer.url, 3);
    await expectAllToHaveAll();
    await loseConnection(away!);
    await postMany(balancer.url, 20);
    away!.socket.connect();
    await expectAllToHaveAll();
    expect(away!.moves.map(({ recovered }) => recovered)).toEqual([true]);
  });

  it('recovers a client that has not been sent a message yet', async () => {
    const [away] = await connectClients(1);
    await until(() => away!.isWelcome, WITHIN_MS);
    await loseConnection(away!);
    await postMany(balancer.url, 2);
    away!.socket.connect();
    await expectAllToHaveAll();
    expect(away!.moves.map(({ recovered }) => recovered)).toEqual([true]);
  });

  it.each([
    ['more was sent than the stream holds', () => postMany(balancer.url, STREAM_MAX_LEN + 200)],
    ['the stream is lost', () => admin.del('socket.io')],
  ])('tells a client that it has not recovered where %s, and it fetches what it lacks', async (_what, lose) => {
    const [away] = await connectClients(2);
    await postMany(balancer.url, 3);
    await expectAllToHaveAll();
    await loseConnection(away!);
    await lose();
    await postMany(balancer.url, 3);
    away!.socket.connect();
    await expectAllToHaveAll();
    expect(away!.moves.map(({ recovered }) => recovered)).toEqual([false]);
  });

  it('sends what is posted while Redis is away once it is back, over the same connections', async () => {
    await connectClients(3);
    await postMany(balancer.url, 3);
    await redis.kill();
    const waiting = post(balancer.url, 'while Redis is away');
    redis = await startRedis(dir, redis.port);
    await waiting;
    await postMany(balancer.url, 3);
    await expectAllToHaveAll();
    expect(movesOf(clients)).toEqual([]);
  });

  it('stores and sends a message whose caller gave up while Redis was away', async () => {
    await connectClients(2);
    await postMany(balancer.url, 3);
    const stored = (await storedNumbers(balancer.url)).length;
    await redis.kill();
    await expect(post(balancer.url, 'given up', GIVES_UP_MS)).rejects.toThrow('timeout');
    redis = await startRedis(dir, redis.port);
    await until(async () => (await storedNumbers(balancer.url)).length === stored + 1, WITHIN_MS);
    await expectAllToHaveAll();
  });

  it('has clients fetch a message that was stored and not sent, once the next one comes', async () => {
    await connectClients(2);
    await postMany(balancer.url, 3);
    await expectAllToHaveAll();
    // What a replica leaves that dies in between, or whose Redis does.
    await admin.rpush('messages', 'not sent');
    await postMany(balancer.url, 1);
    await expectAllToHaveAll();
    expect(movesOf(clients)).toEqual([]);
  });

  it(
    'hands 30 clients over while all three replicas are rolled: none lacks a message, and they come back in a spread',
    async () => {
      await connectClients(30);
      posting = startPosting(balancer.url);
      const old = replicas;
      replicas = await Promise.all([startReplica(), startReplica(), startReplica()]);
      const spreadsMs: number[] = [];
      for (const { child, exited, port } of old) {
        const startedMs = performance.now();
        child.kill('SIGTERM');
        expect(await exited).toEqual([0, null]);
        balancer.replicas.delete(port);
        await until(() => clients.every(({ socket }) => socket.connected), WITHIN_MS, { what: 'the return of all' });
        const leftAtMs = movesOf(clients)
          .map(({ atMs }) => atMs)
          .filter((atMs) => atMs > startedMs);
        spreadsMs.push(Math.max(...leftAtMs) - Math.min(...leftAtMs));
      }
      expect(await posting.stop()).toEqual([]);
      await expectAllToHaveAll();
      const moves = movesOf(clients);
      expect(clients.every((client) => client.moves.length > 0)).toBe(true);
      // One whose session was not stored yet when it came back fetches what it lacks.
      expect(moves.filter(({ recovered }) => recovered).length).toBeGreaterThan(moves.length / 2);
      expect(Math.max(...spreadsMs)).toBeGreaterThan(SPREAD_MS / 2);
      expect(Math.min(...moves.map(({ afterMs }) => afterMs))).toBeGreaterThan(400);
    },
    ROLL_WITHIN_MS,
  );

  it('tells clients of a replica that is killed that they have not recovered, and none lacks a message', async () => {
    await connectClients(12);
    posting = startPosting(balancer.url);
    const killed = replicas.pop()!;
    killed.child.kill('SIGKILL');
    await killed.exited;
    balancer.replicas.delete(killed.port);
    await until(() => movesOf(clients).length > 0 && clients.every(({ socket }) => socket.connected), WITHIN_MS);
    await posting.stop();
    await expectAllToHaveAll();
    expect(movesOf(clients).map(({ recovered }) => recovered)).not.toContain(true);
  });
});
