import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { seconds, Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { openState, type State, throttlerStorage, type ThrottlerStorageOptions } from '../src/index.ts';
import { describeWith, ownNamespace, WITHIN_MS } from './servers.ts';
import { PLATFORMS, type Platform, StateErrorFilter } from './session-apps.ts';

const COMMAND_TIMEOUT_MS = 5_000;
const LIMIT = 5;
/** Long enough that no busy machine lets it pass within a test. */
const TTL_S = 600;
const BLOCK_S = 1_200;

@Controller()
class GreetingController {
  @Get()
  greet(): string {
    return 'Hello';
  }

  @Get('blocking')
  @Throttle({ default: { limit: 1, ttl: seconds(TTL_S), blockDuration: seconds(BLOCK_S) } })
  block(): string {
    return 'Hello';
  }
}

async function startApp(
  platform: Platform,
  state: State,
  options?: ThrottlerStorageOptions,
): Promise<INestApplication> {
  const throttlers = [{ limit: LIMIT, ttl: seconds(TTL_S) }];
  @Module({
    imports: [ThrottlerModule.forRoot({ throttlers, storage: throttlerStorage(state, options) })],
    controllers: [GreetingController],
    providers: [
      { provide: APP_GUARD, useClass: ThrottlerGuard },
      { provide: APP_FILTER, useClass: StateErrorFilter },
    ],
  })
  class AppModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

const allowedOf = (answers: readonly Response[]) => answers.filter(({ status }) => status === 200);
const refusedOf = (answers: readonly Response[]) => answers.filter(({ status }) => status === 429);
const header = (answer: Response | undefined, name: string) => Number(answer?.headers.get(name));

describeWith('NESTFLEET_REDIS_SERVER', 'a throttler storage over two replicas', () => {
  let server: RedisServer;
  let states: State[];
  let apps: INestApplication[];
  let redis: RedisConnection;

  /** Lets the time pass for what was taken: a mark is the moment (µs) by which it counts. */
  async function pass(passedS: number): Promise<void> {
    const keys = await redis.client.keys('*:quota:*');
    for (const key of keys) {
      const marks = Object.entries(await redis.client.hgetall(key));
      await redis.client.del(key);
      for (const [mark, taken] of marks)
        await redis.client.hset(key, String(Number(mark) - passedS * 1_000_000), taken);
    }
  }
  const ask = async (replica: number, path = '') => fetch(`${await apps[replica % 2]!.getUrl()}/${path}`);
  const many = (count: number) => Promise.all(Array.from({ length: count }, (_none, n) => ask(n)));

  beforeEach(async () => {
    server = await startRedisServer();
    const options = { redisUrl: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS };
    states = [openState(options), openState(options)];
    redis = connectRedis(redisOptions());
    await Promise.all([redis, ...states].map((each) => each.ready()));
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all([redis, ...states].map((each) => each.close()));
    await server.stop();
  });
  const redisOptions = () => ({ url: server.url, namespace: 'any', commandTimeoutMs: COMMAND_TIMEOUT_MS });

  describe.each(PLATFORMS)('%s', (platform) => {
    const start = async (options?: ThrottlerStorageOptions) => {
      apps = await Promise.all(states.map((state) => startApp(platform, state, options)));
    };

    it('allows 5 of 20 at once, whoever is asked, with headers that are true', async () => {
      await start();
      const answers = await many(20);
      expect([allowedOf(answers), refusedOf(answers)].map(({ length }) => length)).toEqual([LIMIT, 15]);
      const left = allowedOf(answers).map((answer) => header(answer, 'x-ratelimit-remaining'));
      expect(left.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4]);
      for (const refused of refusedOf(answers)) {
        expect(header(refused, 'retry-after')).toBeGreaterThan(TTL_S / 2);
        expect(header(refused, 'retry-after')).toBeLessThanOrEqual(TTL_S);
      }
    });

    it('has no more than 5 in any window, wherever it begins, and refusals cost nothing', async () => {
      await start();
      expect(allowedOf(await many(3))).toHaveLength(3);
      await pass(TTL_S - 60);
      const later = await many(6);
      expect(allowedOf(later)).toHaveLength(2);
      expect(header(refusedOf(later)[0], 'retry-after')).toBeLessThanOrEqual(60);
      await pass(60);
      expect(allowedOf(await many(6))).toHaveLength(3);
    });

    it('blocks for a block duration that is longer than the window', async () => {
      await start();
      expect((await ask(0, 'blocking')).status).toBe(200);
      expect(header(await ask(1, 'blocking'), 'retry-after')).toBe(BLOCK_S);
      await pass(TTL_S);
      const blocked = await ask(0, 'blocking');
      expect(blocked.status).toBe(429);
      expect(header(blocked, 'retry-after')).toBeGreaterThan(TTL_S);
    });

    it.each([
      ['allow', 200],
      ['refuse', 503],
    ] as const)(
      '%ss what it cannot count while Redis is away, and counts again after it',
      async (whenUnavailable, status) => {
        await start({ whenUnavailable });
        expect((await ask(0)).status).toBe(200);
        const { port } = server;
        await server.kill();
        await until(async () => (await states[0]!.ping().catch(() => undefined)) === undefined, WITHIN_MS);
        expect((await many(10)).map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => status));
        server = await startRedisServer({ port });
        await Promise.all(
          states.map((state) =>
            until(
              () =>
                state.ping().then(
                  () => true,
                  () => false,
                ),
              WITHIN_MS,
            ),
          ),
        );
        expect(allowedOf(await many(20))).toHaveLength(LIMIT);
      },
    );
  });
});
