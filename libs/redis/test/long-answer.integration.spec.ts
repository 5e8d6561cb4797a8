import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { type RedisServer, startRedisServer } from '../src/testing.ts';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

const BIG = 4_000_000;
/** So the big answer takes twenty times as long as a command may, and longer than answers may all be late. */
const BYTES_PER_TICK = 10_000;
const TICK_MS = 10;
const TIMEOUT_MS = 200;

/** A link to a Redis, on which its answers come slowly. */
async function slowLinkTo(port: number): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const server: Server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(redis);
    let waiting = Buffer.alloc(0);
    redis.on('data', (chunk: Buffer) => (waiting = Buffer.concat([waiting, chunk])));
    const pass = () => {
      if (waiting.length > 0) client.write(waiting.subarray(0, BYTES_PER_TICK));
      waiting = waiting.subarray(BYTES_PER_TICK);
    };
    timers.add(setInterval(pass, TICK_MS));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describeWith('NESTFLEET_REDIS_SERVER', 'a Redis that answers', () => {
  let server: RedisServer;
  let link: Awaited<ReturnType<typeof slowLinkTo>>;
  let connection: RedisConnection;

  beforeEach(async () => {
    server = await startRedisServer();
    link = await slowLinkTo(server.port);
    connection = connectRedis({ url: link.url, namespace: ownNamespace(), commandTimeoutMs: TIMEOUT_MS });
    await connection.ready();
  });
  afterEach(async () => {
    await connection?.close();
    await link?.close();
    await server?.stop();
  });

  it('opens no breaker with one long answer, which the others wait for', async () => {
    await connection.client.set('{t}big', 'x'.repeat(BIG));
    const ends = [endOf(connection.run((redis) => redis.get('{t}big')))];
    const small = await until(async () => {
      const asked = endOf(connection.run((redis) => redis.get('{t}small')));
      ends.push(asked);
      const end = await asked;
      return end.how === 'answered' && end;
    }, WITHIN_MS);
    expect(small.answer).toBeNull();
    const hows = (await Promise.all(ends)).map(({ how }) => how);
    expect(hows.filter((how) => how === 'overdue').length).toBeGreaterThan(3);
    expect(hows.filter((how) => how === 'not sent')).toEqual([]);
    expect(connection.status()).toBe('up');
  });

  it('is said to have another clock, also where it steps while we are connected', async () => {
    const logged: unknown[] = [];
    const log = {
      info: () => undefined,
      warn: (fields: { readonly event?: string }) => {
        if (fields.event === 'redis.clock_differs') logged.push(Reflect.get(fields, 'differenceMs'));
      },
    };
    const ours = connectRedis({ url: server.url, namespace: ownNamespace(), log });
    await ours.ready();
    try {
      await ours.run((redis) => redis.get('{t}'));
      // Ours goes an hour ahead, and a minute goes by.
      const [day, sinceStart] = [Date.now.bind(Date), performance.now.bind(performance)];
      jest.spyOn(Date, 'now').mockImplementation(() => day() + 3_600_000);
      jest.spyOn(performance, 'now').mockImplementation(() => sinceStart() + 61_000);
      await until(async () => {
        await ours.run((redis) => redis.get('{t}'), { idempotent: true }).catch(() => undefined);
        return logged.length > 0;
      }, WITHIN_MS);
    } finally {
      jest.restoreAllMocks();
      await ours.close();
    }
    expect(logged).toEqual([expect.any(Number)]);
    expect(Number(logged[0]) / 3_600_000).toBeCloseTo(-1, 2);
  });
});
