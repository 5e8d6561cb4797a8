import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { until } from '@nestfleet/timing';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { ModulesContainer } from '@nestjs/core';
import { PROCESS_HOST } from './app-shutdown.ts';
import { MessagesInFlight } from './messages-in-flight.ts';
import { ShutdownModule } from './shutdown.module.ts';

const WITHIN_MS = 10_000;
const lines: string[] = [];
const cut: unknown[] = [];
const write = (fields: object, message: string): void => {
  lines.push(message);
  if ('requests' in fields) cut.push(fields.requests);
};
const log = { info: write, warn: write, fatal: write };

class TestProcess extends EventEmitter {
  readonly codes: number[] = [];
  exit(code: number): never {
    this.codes.push(code);
    return undefined as never;
  }
}

let host: TestProcess;
let app: NestFastifyApplication;
let server: INestMicroservice;
let client: ClientProxy;
let begun: number;
let released: PromiseWithResolvers<void>;

@Controller()
class PricesController {
  @MessagePattern('price')
  async price(): Promise<number> {
    begun += 1;
    await released.promise;
    return 17;
  }

  @MessagePattern('broken')
  broken(): never {
    throw new Error('broken');
  }
}

async function listen(inFlightMs: number): Promise<void> {
  host = new TestProcess();
  begun = 0;
  released = Promise.withResolvers();
  @Module({
    imports: [ShutdownModule.forRoot({ log, drainDelayMs: 0, inFlightMs })],
    controllers: [PricesController],
  })
  class ShopModule {}
  const module = await Test.createTestingModule({ imports: [ShopModule] })
    .overrideProvider(PROCESS_HOST)
    .useValue(host)
    .compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  server = app.connectMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = server.unwrap<Server>().address() as AddressInfo;
  client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
}

const ask = (pattern: string): Promise<unknown> => firstValueFrom(client.send(pattern, {}));
const isLogged = (text: string): Promise<boolean> => until(() => lines.includes(text), WITHIN_MS);
const ended = (): Promise<boolean> => until(() => host.codes.length > 0, WITHIN_MS);

afterEach(async () => {
  released.resolve();
  await client.close();
  // What ends its process waits for ever behind its last hook.
  server.unwrap<Server>().close();
  app.getHttpServer().close();
  lines.length = 0;
  cut.length = 0;
});

describe('a message of connectMicroservice that is in flight', () => {
  it.each([
    ['where nobody closes the app', false],
    ["where Nest's own signal listener does", true],
  ])('is answered at SIGTERM, %s', async (_name, byNest) => {
    await listen(WITHIN_MS);
    const answer = ask('price');
    await until(() => begun === 1, WITHIN_MS);
    host.emit('SIGTERM', 'SIGTERM');
    if (byNest) void app.close();
    await isLogged('shutdown: end streams');
    // Whoever does not wait for it is past this before it is released.
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(lines).not.toContain('shutdown: in flight');
    released.resolve();
    expect(await answer).toBe(17);
    await ended();
    expect([host.codes, lines.at(-1)]).toEqual([[0], 'graceful shutdown completed']);
  });

  it('is waited for no longer than a request is, and is in the log and the exit code then', async () => {
    await listen(100);
    ask('price').catch(() => undefined);
    await until(() => begun === 1, WITHIN_MS);
    host.emit('SIGTERM', 'SIGTERM');
    await ended();
    expect([host.codes, cut, lines]).toEqual([[1], [1], expect.arrayContaining(['still in flight, cut'])]);
  });

  it('is over where its handler fails', async () => {
    await listen(WITHIN_MS);
    await expect(ask('broken')).rejects.toBeDefined();
    host.emit('SIGTERM', 'SIGTERM');
    await ended();
    expect([host.codes, cut]).toEqual([[0], []]);
  });
});

const runPlain = (_context: object, handle: (onEnd: () => void) => Promise<void>): Promise<void> =>
  handle(() => undefined);

async function failBehindEnd(onEnd: () => void): Promise<void> {
  onEnd();
  throw new Error('behind its end');
}

describe('MessagesInFlight', () => {
  it('ends a message once, also where it fails before Nest has called its handler', async () => {
    const modules = new ModulesContainer();
    const messages = new MessagesInFlight();
    messages.watch(modules);
    const connected = { runWithProcessingHooks: runPlain };
    modules.addRpcTarget(connected);
    void connected.runWithProcessingHooks({}, () => new Promise(() => undefined));
    await expect(connected.runWithProcessingHooks({}, () => Promise.reject(new Error('no scope')))).rejects.toThrow(
      'no scope',
    );
    await expect(connected.runWithProcessingHooks({}, failBehindEnd)).rejects.toThrow('behind its end');
    expect(messages.count).toBe(1);
  });

  it('leaves a server of Nest 11 as it is, and needs no registry of servers', () => {
    const modules = new ModulesContainer();
    const messages = new MessagesInFlight();
    messages.watch(modules);
    modules.addRpcTarget(Object.freeze({ handleEvent: () => undefined }));
    messages.watch({});
    expect(messages.count).toBe(0);
  });
});
