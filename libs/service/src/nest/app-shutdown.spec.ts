import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SHUTDOWN_STEPS, type ShutdownSteps, until } from '@nestfleet/timing';
import { Controller, Get, Module, type Provider } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { PROCESS_HOST } from './app-shutdown.ts';
import { ShutdownModule } from './shutdown.module.ts';
import type { ShutdownOptions } from './shutdown-options.ts';

/** Longer than any test takes: whoever waits for it fails. */
const HOUR_MS = 3_600_000;
const lines: string[] = [];
const write = (_fields: object, message: string): void => void lines.push(message);
const log = { info: () => undefined, warn: write, fatal: write };

@Controller()
class ShopController {
  @Get()
  hello(): string {
    return 'hello';
  }
}

class TestProcess extends EventEmitter {
  readonly codes: number[] = [];
  exit(code: number): never {
    this.codes.push(code);
    return undefined as never;
  }
}

let apps: NestFastifyApplication[] = [];

async function appOf(host: TestProcess, options: ShutdownOptions = {}, providers: Provider[] = []) {
  @Module({
    imports: [ShutdownModule.forRoot({ log, drainDelayMs: 0, ...options })],
    controllers: [ShopController],
    providers,
  })
  class ShopModule {}
  const module = await Test.createTestingModule({ imports: [ShopModule] })
    .overrideProvider(PROCESS_HOST)
    .useValue(host)
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  apps.push(app);
  return app;
}

const portOf = (app: NestFastifyApplication): number => (app.getHttpServer().address() as AddressInfo).port;

async function ask(target: object): Promise<{ status: number | undefined; body: string }> {
  const request = get({ agent: false, path: '/', ...target });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Work of an app that is released when the test says so. */
function workOf(name: string, order: string[]) {
  const released = Promise.withResolvers<void>();
  const steps: ShutdownSteps = {
    name,
    onDrain: async () => void order.push(`${name} drains`),
    beforeClose: async () => {
      await released.promise;
      order.push(`${name} released`);
    },
  };
  return { provider: { provide: name, useValue: { [SHUTDOWN_STEPS]: steps } }, release: released.resolve };
}

const ended = (host: TestProcess): Promise<unknown> => until(() => host.codes.length > 0, 20_000);

afterEach(async () => {
  // What ends its process waits for ever behind its last hook.
  for (const app of apps) app.getHttpServer().close();
  apps = [];
  lines.length = 0;
});

async function listenTwice(host: TestProcess) {
  const order: string[] = [];
  const works = [workOf('shop', order), workOf('back office', order)];
  const both = [];
  for (const { provider } of works) {
    const app = await appOf(host, {}, [provider]);
    await app.listen(0, '127.0.0.1');
    both.push(app);
  }
  return { order, works, both };
}

describe('two applications of one process', () => {
  it('both end at a signal, and the process with the last of them', async () => {
    const host = new TestProcess();
    const { order, works } = await listenTwice(host);
    host.emit('SIGTERM', 'SIGTERM');
    await until(() => order.length === 2, 10_000);
    works[0]!.release();
    await until(() => order.includes('shop released') && host.listenerCount('SIGTERM') === 1, 10_000);
    expect(host.codes).toEqual([]);
    works[1]!.release();
    await ended(host);
    expect(host.codes).toEqual([0]);
  });

  it('one that is closed leaves the other one as it was', async () => {
    const host = new TestProcess();
    const { works, both } = await listenTwice(host);
    works[0]!.release();
    await both[0]!.close();
    expect((await ask({ host: '127.0.0.1', port: portOf(both[1]!) })).body).toBe('hello');
    works[1]!.release();
    host.emit('SIGTERM', 'SIGTERM');
    await ended(host);
    expect(host.codes).toEqual([0]);
  });

  it('a fault ends both, is told once, and is in the exit code of the process', async () => {
    const host = new TestProcess();
    const { works } = await listenTwice(host);
    for (const work of works) work.release();
    host.emit('uncaughtException', new Error('broken'));
    await ended(host);
    expect(host.codes).toEqual([70]);
    expect(lines.filter((line) => line.startsWith('a fault'))).toHaveLength(1);
  });

  it('a fault is told by the one that ends on faults, where the other one does not', async () => {
    const host = new TestProcess();
    for (const endsOnFault of [false, true]) await (await appOf(host, { endsOnFault })).listen(0, '127.0.0.1');
    host.emit('uncaughtException', new Error('broken'));
    await ended(host);
    expect([host.codes, lines]).toEqual([[70], [expect.stringContaining('a fault')]]);
  });

  it('a fault is told by the one that runs, where the start of the other one failed', async () => {
    const host = new TestProcess();
    class Database {
      onModuleInit(): void {
        throw new Error('not there');
      }
    }
    const failed = await appOf(host, {}, [Database]);
    await expect(failed.init()).rejects.toThrow('not there');
    await (await appOf(host)).listen(0, '127.0.0.1');
    host.emit('uncaughtException', new Error('broken'));
    await until(() => lines.length > 0, 10_000);
    expect(lines).toEqual([expect.stringContaining('a fault')]);
  });

  it('a fault of one that goes on is its own once the other one has ended', async () => {
    const host = new TestProcess();
    const order: string[] = [];
    const slow = workOf('slow', order);
    await (await appOf(host)).listen(0, '127.0.0.1');
    await (await appOf(host, { endsOnFault: false }, [slow.provider])).listen(0, '127.0.0.1');
    host.emit('SIGTERM', 'SIGTERM');
    await until(() => host.listenerCount('SIGTERM') === 1, 10_000);
    expect(host.listenerCount('uncaughtException')).toBe(0);
    slow.release();
    await ended(host);
    expect(host.codes).toEqual([0]);
  });

  it('a second signal cuts both', async () => {
    const host = new TestProcess();
    const { order } = await listenTwice(host);
    host.emit('SIGTERM', 'SIGTERM');
    await until(() => order.length === 2, 10_000);
    host.emit('SIGTERM', 'SIGTERM');
    expect(host.codes).toEqual([1]);
  });
});

describe('an app that does not listen', () => {
  it('ends in order at a signal that comes while it starts', async () => {
    const host = new TestProcess();
    const order: string[] = [];
    const connected = Promise.withResolvers<void>();
    class Database {
      async onModuleInit(): Promise<void> {
        order.push('connects');
        await connected.promise;
        order.push('connected');
      }
      onModuleDestroy(): void {
        order.push('closes');
      }
    }
    const app = await appOf(host, { drainDelayMs: HOUR_MS }, [Database]);
    void app.init();
    await until(() => order.includes('connects'), 10_000);
    host.emit('SIGTERM', 'SIGTERM');
    expect(host.codes).toEqual([]);
    connected.resolve();
    await ended(host);
    expect([host.codes, order]).toEqual([[0], ['connects', 'connected', 'closes']]);
  });

  it('waits for no start that hangs once a second signal comes', async () => {
    const host = new TestProcess();
    const begins = Promise.withResolvers<void>();
    const goesOn = Promise.withResolvers<void>();
    class Database {
      async onModuleInit(): Promise<void> {
        begins.resolve();
        await goesOn.promise;
      }
    }
    const app = await appOf(host, {}, [Database]);
    void app.init();
    await begins.promise;
    host.emit('SIGINT', 'SIGINT');
    host.emit('SIGINT', 'SIGINT');
    expect(host.codes).toEqual([1]);
    goesOn.resolve();
  });

  it('leaves signals alone once it is closed, where its start failed', async () => {
    const host = new TestProcess();
    class Database {
      onModuleInit(): void {
        throw new Error('not there');
      }
    }
    const app = await appOf(host, {}, [Database]);
    await expect(app.init()).rejects.toThrow('not there');
    expect(host.listenerCount('SIGTERM')).toBe(1);
    await app.close();
    expect(host.eventNames()).toEqual([]);
  });

  it('ends in order where its start was tried again', async () => {
    const host = new TestProcess();
    let starts = 0;
    class Database {
      onModuleInit(): void {
        starts += 1;
        if (starts === 1) throw new Error('not there');
      }
    }
    @Module({ imports: [ShutdownModule.forRoot({ log })], providers: [Database] })
    class TaskModule {}
    const module = await Test.createTestingModule({ imports: [TaskModule] })
      .overrideProvider(PROCESS_HOST)
      .useValue(host)
      .compile();
    await expect(module.init()).rejects.toThrow('not there');
    await module.init();
    host.emit('SIGTERM', 'SIGTERM');
    await ended(host);
    expect([starts, host.codes]).toEqual([2, [0]]);
  });

  it('has no drain delay at a signal that comes before it listens', async () => {
    const host = new TestProcess();
    const app = await appOf(host, { drainDelayMs: HOUR_MS });
    await app.init();
    host.emit('SIGTERM', 'SIGTERM');
    // As Fastify refuses to listen once it is closed.
    host.emit('uncaughtException', new Error('reopened'));
    await ended(host);
    expect(host.codes).toEqual([0]);
  });

  it('ends without a drain delay and with 69 where its port is taken', async () => {
    const host = new TestProcess();
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const app = await appOf(host, { drainDelayMs: HOUR_MS });
    const { port } = taken.address() as AddressInfo;
    // As Node does where `main.ts` does not catch it.
    await app.listen(port, '127.0.0.1').catch((fault: unknown) => host.emit('uncaughtException', fault));
    await ended(host);
    taken.close();
    expect(host.codes).toEqual([69]);
    expect(lines).toEqual([expect.stringContaining('EADDRINUSE')]);
  });

  it('leaves signals alone where it is only wired', async () => {
    const host = new TestProcess();
    await appOf(host);
    expect(host.eventNames()).toEqual([]);
  });
});

describe('an app with listeners of its own for faults', () => {
  it('hears a rejection as Node raises it, so that its own listener has it first', async () => {
    const host = new TestProcess();
    const app = await appOf(host);
    await app.listen(0, '127.0.0.1');
    expect([host.listenerCount('unhandledRejection'), host.listenerCount('uncaughtException')]).toEqual([0, 1]);
    host.emit('uncaughtException', new Error('broken'), 'unhandledRejection');
    await ended(host);
    expect(host.codes).toEqual([70]);
  });

  it('goes on by them where it is told so', async () => {
    const host = new TestProcess();
    const app = await appOf(host, { endsOnFault: false });
    await app.listen(0, '127.0.0.1');
    expect([host.listenerCount('unhandledRejection'), host.listenerCount('uncaughtException')]).toEqual([0, 0]);
    await app.close();
  });
});

describe('connections of an app', () => {
  it('answers and ends on a Unix socket too', async () => {
    const host = new TestProcess();
    const app = await appOf(host);
    const socketPath = join(mkdtempSync(join(tmpdir(), 'nestfleet-')), 'web.sock');
    await app.listen(socketPath);
    expect(await ask({ socketPath })).toEqual({ status: 200, body: 'hello' });
    host.emit('SIGTERM', 'SIGTERM');
    await ended(host);
    expect(host.codes).toEqual([0]);
    await expect(ask({ socketPath })).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  it.each([
    ['where nobody closes the app', false],
    ["where Nest's own signal listener does", true],
  ])(
    'ends an upgraded one behind what was written at the end of the streams and by modules, %s',
    async (_name, byNest) => {
      const host = new TestProcess();
      const clients: Socket[] = [];
      const handOver = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        for (const client of clients) client.write(client.writable ? ', moved' : '');
      };
      const useValue = { [SHUTDOWN_STEPS]: { name: 'sockets', beforeClose: handOver } };
      const app = await appOf(host, {}, [{ provide: 'sockets', useValue }]);
      await app.listen(0, '127.0.0.1');
      // Behind the start, as an app without a gateway may.
      app.getHttpServer().on('upgrade', (_request: IncomingMessage, socket: Socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
        socket.on('error', () => undefined);
        clients.push(socket);
        const { streamsEnd } = app.get(Lifecycle, { strict: false });
        streamsEnd.addEventListener('abort', () => void socket.write('bye'));
      });
      const headers = { connection: 'Upgrade', upgrade: 'chat' };
      const request = get({ host: '127.0.0.1', port: portOf(app), agent: false, headers });
      const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket];
      const said = text(socket);
      host.emit('SIGTERM', 'SIGTERM');
      if (byNest) void app.close();
      await ended(host);
      expect([await said, host.codes]).toEqual(['bye, moved', [0]]);
    },
  );
});

describe('ShutdownModule', () => {
  it('is refused twice in one application', async () => {
    @Module({ imports: [ShutdownModule.forRoot()] })
    class FeatureModule {}
    const imports = [FeatureModule, ShutdownModule.forRootAsync({ useFactory: () => ({}) })];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toMatchObject({
      code: 'shutdown_registered_twice',
    });
  });

  it('is imported in several modules as one constant', async () => {
    const shutdown = ShutdownModule.forRoot();
    @Module({ imports: [shutdown] })
    class FeatureModule {}
    const module = await Test.createTestingModule({ imports: [FeatureModule, shutdown] }).compile();
    expect(module.get(ShutdownModule)).toBeInstanceOf(ShutdownModule);
    await module.close();
  });
});
