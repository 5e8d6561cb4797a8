import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { until } from '@nestfleet/timing';
import { ClientConnections } from './client-connections.ts';
import { countPendingResponses } from './pending-responses.ts';

const CONNECTIONS_MAX = 4;

describe('ClientConnections', () => {
  let server: Server;
  const clients: Socket[] = [];
  afterEach(() => {
    for (const each of clients.splice(0)) each.destroy();
    server?.closeAllConnections();
    server?.close();
  });

  /** One that says this at once. */
  const client = (words = ''): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    clients.push(socket);
    if (words !== '') socket.write(words);
    return socket.resume();
  };

  it('holds no more than its bound, of those that are silent and of half heads alike', async () => {
    server = createServer();
    countPendingResponses(server);
    const connections = new ClientConnections(server, CONNECTIONS_MAX);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    for (let n = 0; n < 60; n += 1) client(n % 2 === 0 ? '' : 'GET / HTTP/1.1\r\nho');
    await until(() => clients.filter(({ closed }) => closed).length >= 60 - CONNECTIONS_MAX, 10_000);
    expect(connections.count).toBeLessThanOrEqual(CONNECTIONS_MAX);
  });
});
