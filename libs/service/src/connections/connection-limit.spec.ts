import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { until } from '@nestfleet/timing';
import { ConnectionLimit } from './connection-limit.ts';

const CONNECTIONS_MAX = 4;

const isHeard = async (socket: Socket): Promise<void> => {
  const gone = once(socket, 'close').then(() => Promise.reject(new Error('the connection was closed')));
  await Promise.race([once(socket, 'data'), gone]);
};
const isClosed = async (socket: Socket): Promise<void> => {
  socket.resume();
  await until(() => socket.closed, 10_000);
};

describe('a limit of connections', () => {
  let server: Server;
  let limit: ConnectionLimit;
  const clients: Socket[] = [];
  beforeEach(async () => {
    server = createServer();
    limit = new ConnectionLimit(server, CONNECTIONS_MAX);
    // What is said is said again; `keep` keeps the place.
    server.on('connection', (socket) =>
      socket
        .on('error', () => undefined)
        .on('data', (said) => {
          if (String(said) === 'keep') limit.keep(socket);
          else limit.spoke(socket);
          socket.write(said);
        }),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    for (const each of clients.splice(0)) each.destroy();
    server?.close();
  });

  /** One that says this at once. */
  const client = (words = ''): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(socket);
    socket.on('error', () => undefined);
    if (words !== '') socket.write(words);
    return socket;
  };
  const silent = (count: number): Socket[] => Array.from({ length: count }, () => client());

  it('closes the ones that have been silent for longest for who comes', async () => {
    const first = client('word');
    await isHeard(first);
    const [second] = silent(1);
    await once(second!, 'connect');
    first.write('again');
    await isHeard(first);
    const more = client('word');
    const last = client('word');
    await Promise.all([isHeard(more), isHeard(last)]);
    const newest = client('word');
    await Promise.all([isHeard(newest), isClosed(second!)]);
    expect([first, more, last, newest].map(({ destroyed }) => destroyed)).toEqual([false, false, false, false]);
  });

  it('hears who has something to say, among however many that have nothing', async () => {
    for (let round = 0; round < 5; round += 1) {
      const before = silent(100);
      const caller = client('keep');
      const after = silent(100);
      await isHeard(caller);
      const gone = [...before, ...after].filter((each) => clients.includes(each));
      await Promise.all(gone.slice(0, -CONNECTIONS_MAX).map(isClosed));
      expect(caller.destroyed).toBe(false);
      caller.write('still');
      await isHeard(caller);
      caller.destroy();
    }
  });

  it('takes the place of nobody who keeps it', async () => {
    const kept = Array.from({ length: CONNECTIONS_MAX }, () => client('keep'));
    await Promise.all(kept.map(isHeard));
    await Promise.all(silent(20).map(isClosed));
    for (const each of kept) each.write('still');
    await Promise.all(kept.map(isHeard));
    expect(kept.filter(({ destroyed }) => destroyed)).toEqual([]);
  });
});
