import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { SendTimeouts, takenBytes } from './send-timeouts.ts';

/** More than kernels keep of one connection. */
const LARGE = Buffer.alloc(64 * 1_024 * 1_024);
const LOOKS = 8;
const SOON_MS = 20_000;
/** The looks are the test's own. */
const NEVER_MS = 3_600_000;

describe('SendTimeouts', () => {
  const server = createServer();
  const timeouts = new SendTimeouts(NEVER_MS);
  let client: Socket;
  let socket: Socket;
  const look = (times: number): void => {
    for (let count = 0; count < times; count += 1) timeouts.look();
  };
  /** Nothing more is taken. */
  const stuck = (): Promise<boolean> => {
    let before = -1;
    const isStuck = (): boolean => {
      const taken = takenBytes(socket);
      const same = taken === before && taken > 0;
      before = taken;
      return same;
    };
    return until(isStuck, SOON_MS, { everyMs: 100 });
  };

  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    client.on('error', () => undefined);
    [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    timeouts.watch(socket);
  });
  afterEach(async () => {
    client.destroy();
    socket.destroy();
    server.close();
    await until(() => timeouts.count === 0, SOON_MS);
  });

  it('reset a connection of which nothing is taken for all looks', async () => {
    socket.write(LARGE);
    await stuck();
    look(LOOKS);
    expect(socket.destroyed).toBe(false);
    look(1);
    expect(socket.destroyed).toBe(true);
  });

  it('leave one of which some is taken between', async () => {
    socket.write(LARGE);
    await stuck();
    look(LOOKS);
    const before = takenBytes(socket);
    client.resume();
    await until(() => takenBytes(socket) > before, SOON_MS);
    client.pause();
    await stuck();
    look(LOOKS);
    expect([socket.writableLength > 0, socket.destroyed]).toEqual([true, false]);
  });

  it('leave one for which nothing lies ready', () => {
    look(3 * LOOKS);
    expect(socket.destroyed).toBe(false);
  });

  it('give all of the time to what lies ready after a rest', async () => {
    socket.write(LARGE);
    await stuck();
    look(1);
    client.resume();
    await until(() => socket.writableLength === 0, SOON_MS);
    look(1);
    client.pause();
    socket.write(LARGE);
    await stuck();
    look(LOOKS);
    expect(socket.destroyed).toBe(false);
  });
});
