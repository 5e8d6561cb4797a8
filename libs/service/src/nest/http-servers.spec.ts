import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { Agent as SecureAgent, createServer as createSecureServer, get as secureGet } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '@nestfleet/timing';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { HttpServers } from './http-servers.ts';

const health = {
  paths: { live: '/livez', startup: '/startupz', ready: '/readyz' },
  isAnswered: true,
  drainingStatus: 503,
  identityOf: () => undefined,
};
/** TLS without a certificate. */
const psk = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
const pskKey = Buffer.alloc(32, 7);

describe('HttpServers', () => {
  let lifecycle: Lifecycle;
  let servers: HttpServers;
  let opened: Server[] = [];
  let waiting: ServerResponse[] = [];
  const agent = new Agent({ keepAlive: true });

  const make = (): void => {
    lifecycle = new Lifecycle();
    lifecycle.ready();
    servers = new HttpServers(lifecycle, health, 95_000);
  };
  /** A handler without an answer, until the test gives one. */
  const onRequest = (_request: IncomingMessage, response: ServerResponse): void => void waiting.push(response);
  const listen = async (server: Server, host: string, port = 0): Promise<number> => {
    opened.push(server);
    await once(server.listen(port, host), 'listening');
    return (server.address() as AddressInfo).port;
  };

  afterEach(() => {
    agent.destroy();
    for (const server of opened) {
      server.closeAllConnections();
      server.close();
    }
    servers.cut();
    opened = [];
    waiting = [];
  });

  it('counts what is in flight on a second server of the same port too, and stops both', async () => {
    make();
    const main = createServer(onRequest);
    servers.attach(main);
    const port = await listen(main, '127.0.0.1');
    const second = createServer(onRequest);
    await listen(second, '127.0.0.2', port);
    const request = get({ host: '127.0.0.2', port, agent: false });
    await until(() => waiting.length === 1, 10_000);
    expect([lifecycle.inFlight, servers.count]).toEqual([1, 1]);
    servers.stopAccepting();
    expect([main.listening, second.listening]).toEqual([false, false]);
    waiting[0]!.end('over');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('over');
    await until(() => servers.count === 0, 10_000);
  });

  it('leaves another server of this process alone', async () => {
    make();
    const main = createServer(onRequest);
    servers.attach(main);
    await listen(main, '127.0.0.1');
    const metrics = createServer(onRequest);
    const port = await listen(metrics, '127.0.0.1');
    get({ host: '127.0.0.1', port, agent: false, path: '/readyz' }).on('error', () => undefined);
    await until(() => waiting.length === 1, 10_000);
    expect(lifecycle.inFlight).toBe(0);
    servers.stopAccepting();
    expect(metrics.listening).toBe(true);
  });

  it('waits for a request behind TLS, and closes what is idle there', async () => {
    make();
    const main = createSecureServer({ ...psk, pskCallback: () => pskKey }, onRequest);
    servers.attach(main);
    const port = await listen(main, '127.0.0.1');
    const kept = new SecureAgent({ keepAlive: true, pskCallback: () => ({ psk: pskKey, identity: 'client' }) });
    const options = { ...psk, host: '127.0.0.1', port, agent: kept, checkServerIdentity: () => undefined };
    const ask = async (): Promise<string> => {
      const request = secureGet(options);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return text(response);
    };
    const [idle, busy] = [ask(), ask()];
    await until(() => waiting.length === 2, 10_000);
    waiting[0]!.end('idle');
    expect(await Promise.race([idle, busy])).toBe('idle');
    expect([servers.count, servers.begun]).toEqual([2, 0]);
    servers.stopAccepting();
    await until(() => servers.count === 1, 10_000);
    waiting[1]!.end('over');
    expect(await Promise.all([idle, busy])).toContain('over');
    await until(() => servers.count === 0, 10_000);
    kept.destroy();
  });

  it('keeps an idle connection for longer than a load balancer, and does not shorten it', () => {
    make();
    const [short, long, never] = [createServer(), createServer(), createServer()];
    Object.assign(short, { keepAliveTimeout: 5_000 });
    Object.assign(long, { keepAliveTimeout: 120_000 });
    Object.assign(never, { keepAliveTimeout: 0 });
    for (const server of [short, long, never]) servers.attach(server);
    expect([short, long, never].map(({ keepAliveTimeout }) => keepAliveTimeout)).toEqual([95_000, 120_000, 0]);
    servers.stopAccepting();
  });

  it('says so where a server is not of HTTP/1.1', () => {
    make();
    expect(servers.attach(createHttp2Server())).toBe(false);
    expect(servers.attach({})).toBe(false);
  });

  it('answers a draining readiness check with the status that is set, and takes one of a balancer for evidence', async () => {
    make();
    const main = createServer(onRequest);
    servers.attach(main);
    const port = await listen(main, '127.0.0.1');
    lifecycle.beginShutdown();
    const check = async (headers: Record<string, string>): Promise<number | undefined> => {
      const request = get({ host: '127.0.0.1', port, path: '/readyz', agent, headers });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await text(response);
      return response.statusCode;
    };
    expect(await check({ 'x-forwarded-for': '10.0.0.1' })).toBe(503);
    expect(lifecycle.drainEvidence.facts().hasCheckFailed).toBe(false);
    expect(await check({})).toBe(503);
    await until(() => lifecycle.drainEvidence.facts().hasCheckFailed, 10_000);
  });

  it('runs nothing that comes behind the last answer of a connection', async () => {
    make();
    const main = createServer(onRequest);
    servers.attach(main);
    const port = await listen(main, '127.0.0.1');
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /a HTTP/1.1\r\nhost: a\r\n\r\n');
    await until(() => waiting.length === 1, 10_000);
    lifecycle.beginShutdown();
    waiting[0]!.writeHead(200).flushHeaders();
    await once(socket, 'data');
    socket.write('GET /b HTTP/1.1\r\nhost: a\r\n\r\n');
    // Looked at before the framework gets it.
    await once(main, 'request');
    waiting[0]!.end('over');
    await once(socket, 'close');
    expect(waiting).toHaveLength(1);
  });
});
