import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { SHUTDOWN_STEPS, type ShutdownSteps, until } from '@nestfleet/timing';
import { Controller, Get, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { PROCESS_HOST } from './app-shutdown.ts';
import { ShutdownHealthIndicator } from './shutdown.health-indicator.ts';
import { ShutdownModule } from './shutdown.module.ts';
import type { ShutdownOptions } from './shutdown-options.ts';

const HOUR_MS = 3_600_000;
const silent = { info: () => undefined, warn: () => undefined, fatal: () => undefined };

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

/** Each on a connection of its own, as a load balancer without keep-alive. */
async function ask(url: string): Promise<Answer> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, connection: response.headers.connection, body: await text(response) };
}

/** What happened in an app and its process, in this order. */
let order: string[] = [];
let codes: number[] = [];
let slow = Promise.withResolvers<string>();
let apps: INestApplicationContext[] = [];

const note = (what: string) => async (): Promise<void> => void order.push(what);

class Database {
  onModuleDestroy = note('onModuleDestroy');
  beforeApplicationShutdown = note('beforeApplicationShutdown');
  onApplicationShutdown = note('onApplicationShutdown');
}

class Work {
  readonly [SHUTDOWN_STEPS]: ShutdownSteps = {
    name: 'work',
    maintenance: note('maintenance'),
    onDrain: note('onDrain'),
    beforeClose: note('beforeClose'),
    withdraw: note('withdraw'),
  };
}

@Controller()
class ShopController {
  @Get()
  hello(): string {
    return 'hello';
  }
  @Get('slow')
  async slow(): Promise<string> {
    order.push('begins');
    const answer = await slow.promise;
    order.push('ends');
    return answer;
  }
  @Get('health')
  health(): string {
    return 'by the app itself';
  }
}

class TestProcess extends EventEmitter {
  exit(code: number): never {
    codes.push(code);
    order.push('exit');
    return undefined as never;
  }
}

async function build(options: ShutdownOptions, providers: Type<unknown>[]) {
  @Module({
    imports: [ShutdownModule.forRootAsync({ useFactory: () => ({ log: silent, ...options }) })],
    controllers: [ShopController],
    providers,
  })
  class ShopModule {}
  const host = new TestProcess();
  const module = await Test.createTestingModule({ imports: [ShopModule] })
    .overrideProvider(PROCESS_HOST)
    .useValue(host)
    .compile();
  return { module, host };
}

async function listen(options: ShutdownOptions = {}, providers: Type<unknown>[] = [Database, Work]) {
  const { module, host } = await build(options, providers);
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
    return503OnClosing: true,
  });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return { app, host, url: `http://127.0.0.1:${port}` };
}

const settled = (): Promise<unknown> => until(() => codes.length > 0, 20_000);

afterEach(async () => {
  slow.resolve('over');
  for (const app of apps) await app.close().catch(() => undefined);
  order = [];
  codes = [];
  apps = [];
  slow = Promise.withResolvers();
});

describe('ShutdownModule', () => {
  const whole = [
    'begins',
    'maintenance',
    'onDrain',
    'ends',
    'beforeClose',
    'withdraw',
    'onModuleDestroy',
    'beforeApplicationShutdown',
    'onApplicationShutdown',
    'exit',
  ];

  it.each([
    ['where nobody closes the app', false],
    ["where Nest's own signal listener does", true],
  ])('lets requests and work end before any hook of the app, %s', async (_name, byNest) => {
    const { app, host, url } = await listen({ balancers: ['none'] });
    const answer = ask(`${url}/slow`);
    await until(() => order.includes('begins'), 10_000);
    host.emit('SIGTERM', 'SIGTERM');
    // What `enableShutdownHooks` makes of the signal; it raises it again behind that.
    if (byNest) void app.close().then(note('raised again'));
    await until(() => order.includes('onDrain'), 10_000);
    slow.resolve('slowly');
    expect((await answer).body).toBe('slowly');
    await settled();
    expect(order).toEqual(whole);
    expect(codes).toEqual([0]);
    apps = [];
  });

  it('serves on for the drain delay, with 404 for the readiness check, until a second signal', async () => {
    const { app, host, url } = await listen({ drainDelayMs: 6_000 });
    expect(await ask(`${url}/readyz`)).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    host.emit('SIGTERM', 'SIGTERM');
    void app.close();
    await until(() => order.includes('onDrain'), 10_000);
    expect(await ask(`${url}/readyz?by=haproxy`)).toMatchObject({
      status: 404,
      body: expect.stringContaining('"draining"'),
    });
    expect(await ask(`${url}/livez`)).toMatchObject({ status: 200 });
    for (let n = 0; n < 5; n += 1) expect(await ask(url)).toEqual({ status: 200, connection: 'close', body: 'hello' });
    expect(codes).toEqual([]);
    host.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([1]);
    expect(order).not.toContain('onModuleDestroy');
    // This process goes on where a real one has ended.
    await until(() => order.includes('onApplicationShutdown'), 20_000);
    apps = [];
  });

  it('app.close() does the same at once, and leaves the process as it was', async () => {
    const { app, host, url } = await listen({ drainDelayMs: HOUR_MS });
    expect((await ask(url)).status).toBe(200);
    await app.close();
    expect(order).toEqual(whole.filter((each) => !['begins', 'ends', 'exit'].includes(each)));
    expect(['SIGTERM', 'SIGINT', 'uncaughtException'].map((event) => host.listenerCount(event))).toEqual([0, 0, 0]);
    await app.close();
    expect(codes).toEqual([]);
  });

  it('is before the hooks of an app without HTTP too, with the drain delay of its catalog', async () => {
    const { module, host } = await build({}, [Database, Work]);
    const app = await module.init();
    host.emit('SIGTERM', 'SIGTERM');
    void app.close();
    await settled();
    expect(order).toEqual(whole.filter((each) => !['begins', 'ends'].includes(each)));
    expect(codes).toEqual([0]);
  });

  it('ends at the hard deadline with 1', async () => {
    class Stuck {
      readonly [SHUTDOWN_STEPS] = { name: 'stuck', beforeClose: () => new Promise<void>(() => undefined) };
    }
    const { host } = await listen({ drainDelayMs: 0, inFlightMs: 0 }, [Stuck]);
    host.emit('SIGTERM', 'SIGTERM');
    await settled();
    expect(codes).toEqual([1]);
    apps = [];
  });

  it('ends with 70 after a fault that nothing caught', async () => {
    const { host } = await listen({ balancers: ['none'] });
    host.emit('uncaughtException', new Error('broken'));
    await settled();
    expect([codes, order.at(-2)]).toEqual([[70], 'onApplicationShutdown']);
    apps = [];
  });

  it('is ready when all modules are, and says who it is; a request waits for that', async () => {
    const first = Promise.withResolvers<void>();
    class Store {
      readonly [SHUTDOWN_STEPS] = { name: 'store', firstReady: () => first.promise };
    }
    class Catalog {
      readonly [SHUTDOWN_STEPS]: ShutdownSteps = {
        name: 'catalog',
        identity: () => ({ service: 'shop', instanceId: 'shop-1-7' }),
      };
    }
    const { url } = await listen({}, [Store, Catalog]);
    expect((await ask(`${url}/readyz`)).status).toBe(503);
    expect((await ask(`${url}/startupz`)).status).toBe(503);
    const waits = ask(url);
    first.resolve();
    expect((await waits).status).toBe(200);
    const { status, body } = await ask(`${url}/readyz`);
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok', service: 'shop', instance_id: 'shop-1-7' }]);
    expect((await ask(`${url}/startupz`)).status).toBe(200);
  });

  it('ends with 78 where a module can never be ready', async () => {
    class Store {
      readonly [SHUTDOWN_STEPS] = { name: 'store', firstReady: () => Promise.reject(new Error('redis_url')) };
    }
    // A process ends before it has listened.
    void listen({ balancers: ['none'] }, [Store]);
    await settled();
    expect(codes).toEqual([78]);
    apps = [];
  });

  it('leaves the checks to the app where it is told so, and its indicator says what to answer', async () => {
    const { app, host, url } = await listen({
      balancers: ['none'],
      answersHealthChecks: false,
      healthPaths: { ready: '/health' },
    });
    const indicator = app.get(ShutdownHealthIndicator);
    expect(indicator.isServing()).toEqual({ shutdown: { status: 'up', phase: 'serving' } });
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, body: 'by the app itself' });
    expect((await ask(`${url}/readyz`)).status).toBe(404);
    host.emit('SIGTERM', 'SIGTERM');
    expect(indicator.isServing('drain')).toEqual({ drain: { status: 'down', phase: 'draining' } });
    await settled();
    apps = [];
  });

  it('refuses times that do not fit together at boot', async () => {
    const short = listen({ balancers: ['haproxy'], drainDelayMs: 2_999 });
    await expect(short).rejects.toThrow(/ShutdownModule: drainDelayMs: is 2999, and haproxy/);
    const long = listen({ balancers: ['kubernetes'], stopGraceMs: 22_000 });
    await expect(long).rejects.toThrow(/stopGraceMs: is 22000, the shutdown needs 23000/);
  });
});
