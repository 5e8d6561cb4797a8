import { afterAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Controller, Module } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import type { Ports } from '../hooks.ts';
import { startService } from './start-service.ts';

/** What the README promises. */
const RPC_CONNECTIONS_MAX = 1_024;
/** Fewer than a listener of Node's has room for. */
const AT_ONCE = 100;

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(word: string): string {
    return word;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const sockets: Socket[] = [];
let end: (() => Promise<void>) | undefined;
afterAll(async () => {
  for (const each of sockets) each.destroy();
  await end?.();
});

async function boot(): Promise<number> {
  const shape = baseConfig({ httpPort: 0 });
  const config = loadConfig(shape, { PORT: '0', METRICS_PORT: '0', CONTROL_PORT: '0', INSTANCE_NAME: 'unit-1' });
  const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const announced = Promise.withResolvers<Ports>();
  const registration = {
    announce: announced.resolve,
    maintenance: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
  };
  const about = { name: 'unit', version: '1.0.0', title: 'Unit', description: 'x', config: shape };
  const running = await startService(
    { ...about, compose: () => ({ module: EchoModule, rpcPort: 0, registration }) },
    { config, identity, lifecycle, log: pino({ level: 'silent' }), metrics: createMetrics(identity, lifecycle) },
  );
  end = async () => {
    running.stopListening();
    running.cutConnections();
    for (const step of running.onClose) await step.run();
  };
  return (await announced.promise).rpc!;
}

it('the connections of the RPC port are bounded: silent ones are closed, and not the caller that asks', async () => {
  const port = await boot();
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket.resume();
  };
  const silent = async (count: number): Promise<Socket[]> => {
    const opened: Socket[] = [];
    while (opened.length < count)
      opened.push(
        ...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened.length) }, () => open()))),
      );
    return opened;
  };
  const caller = await open();
  /** A message as Nest's own clients frame it. */
  const asks = async (word: string): Promise<void> => {
    const message = JSON.stringify({ pattern: 'echo', data: word, id: word });
    let heard = '';
    const hear = (chunk: Buffer): void => void (heard += chunk.toString());
    caller.on('data', hear).write(`${message.length}#${message}`);
    while (!heard.includes(`"response":"${word}"`))
      await Promise.race([
        once(caller, 'data'),
        once(caller, 'close').then(() => Promise.reject(new Error('the caller was turned away'))),
      ]);
    caller.off('data', hear);
  };
  await asks('first');
  const before = await silent(RPC_CONNECTIONS_MAX - 1);
  await asks('second');
  const after = await silent(AT_ONCE);
  await Promise.all(
    before
      .slice(0, AT_ONCE)
      .filter(({ closed }) => !closed)
      .map((each) => once(each, 'close')),
  );
  await asks('third');
  expect([...before.slice(AT_ONCE), ...after].filter(({ destroyed }) => destroyed)).toEqual([]);
}, 60_000);
