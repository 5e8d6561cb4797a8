import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Logger, type INestMicroservice } from '@nestjs/common';
import { MessagePattern, RpcException, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { Discovery } from '../src/index.ts';
import { fixedCatalog, type FixedCatalog } from '../src/fixed/catalog.ts';
import { fixedRegistrar } from '../src/fixed/registrar.ts';
import { openCatalogHub } from '../src/catalog-hub.ts';
import { DiscoveredClient } from '../src/nest.ts';
import { until } from '@nestfleet/timing';
import { createUpstreams } from '../src/lb/upstreams.ts';
import { roundRobin } from '../src/lb/balancers/round-robin.ts';
import { linkTo, type TcpLink } from './tcp-link.ts';

/** Where an answer comes, or another end than this. */
const PATIENCE_MS = 20_000;

let hanging = 0;
const held: ((reply: string) => void)[] = [];

@Controller()
class Peer {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return { echo: data };
  }

  @MessagePattern('refuse')
  refuse(): never {
    throw new RpcException({ code: 'not_today' });
  }

  @MessagePattern('hang')
  hang(): Promise<never> {
    hanging += 1;
    return new Promise(() => undefined);
  }

  @MessagePattern('held')
  held(): Promise<string> {
    return new Promise((resolve) => held.push(resolve));
  }
}

async function startPeer(): Promise<{ app: INestMicroservice; port: number }> {
  const module = await Test.createTestingModule({ controllers: [Peer] }).compile();
  const app = module.createNestMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } });
  // Cut connections are what these tests are about; the transport logs each with its stack.
  Logger.overrideLogger(false);
  await app.listen();
  const { port } = app.unwrap<{ address(): AddressInfo }>().address();
  return { app, port };
}

const instance = (id: string, rpcPort: number) => ({
  id,
  address: '127.0.0.1',
  port: 1,
  meta: { rpc_port: String(rpcPort) },
});

describe('DiscoveredClient', () => {
  let catalog: FixedCatalog;
  let discovery: Discovery;
  let client: DiscoveredClient;
  let peer: { app: INestMicroservice; port: number };
  let link: TcpLink;

  beforeEach(async () => {
    peer = await startPeer();
    link = await linkTo(`http://127.0.0.1:${peer.port}`);
    catalog = fixedCatalog({ api: [instance('api-1', link.port)] });
    const hub = openCatalogHub(catalog);
    const stop = new AbortController();
    discovery = {
      catalog: hub,
      registrar: fixedRegistrar(),
      upstreams: createUpstreams({ catalog: hub, newBalancer: () => roundRobin(() => 0), signal: stop.signal }),
      balancedBy: () => discovery,
      registration: () => {
        throw new Error('not used');
      },
      ping: () => Promise.resolve(0),
      close() {
        stop.abort();
        hub.close();
      },
    };
    client = new DiscoveredClient(discovery, 'api');
  });
  afterEach(async () => {
    client.onApplicationShutdown();
    discovery?.close();
    await link.cut();
    await peer.app.close();
  });

  it('sends many messages at once over one connection', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.send('echo', n, { deadlineMs: PATIENCE_MS })),
    );
    expect(replies).toEqual(Array.from({ length: 50 }, (_, n) => ({ echo: n })));
    expect(link.open()).toBe(1);
  });

  it('throws what the handler threw as it came, and does not try it elsewhere', async () => {
    const other = await startPeer();
    catalog.put('api', [instance('api-1', link.port), instance('api-2', other.port)]);
    const refused = client.send('refuse', {}, { deadlineMs: PATIENCE_MS, attempts: 5 });
    await expect(refused).rejects.toEqual({ code: 'not_today' });
    await other.app.close();
  });

  it('ends at the deadline when the peer never answers, and goes on working', async () => {
    await expect(client.send('hang', {}, { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      attempts: [{ instanceId: 'api-1' }],
    });
    await expect(client.send('echo', 1, { deadlineMs: PATIENCE_MS })).resolves.toEqual({ echo: 1 });
    expect(link.open()).toBe(1);
  });

  it('ends at the deadline when the peer takes the connection and is silent', async () => {
    const accepted = new Set<Socket>();
    const silent = createServer((socket) => accepted.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    catalog.put('api', [instance('api-2', (silent.address() as AddressInfo).port)]);
    await expect(client.send('echo', 1, { deadlineMs: 1_000 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    for (const socket of accepted) socket.destroy();
    silent.close();
  });

  it('fails what is in flight at once when the peer dies, and connects again when it is back', async () => {
    const before = hanging;
    const inFlight = client.send('hang', {}, { deadlineMs: 60_000 });
    await until(() => hanging > before, 20_000);
    await Promise.all([
      link.cut(),
      expect(inFlight).rejects.toMatchObject({ code: 'outcome_unknown', attempts: [{ instanceId: 'api-1' }] }),
    ]);
    await expect(client.send('echo', 1, { deadlineMs: PATIENCE_MS })).rejects.toMatchObject({
      code: 'attempts_exhausted',
    });
    await link.mend();
    await expect(client.send('echo', 2, { deadlineMs: PATIENCE_MS })).resolves.toEqual({ echo: 2 });
  });

  it('tries another instance where it may', async () => {
    const gone = await linkTo(`http://127.0.0.1:${peer.port}`);
    await gone.cut();
    catalog.put('api', [instance('api-0', gone.port), instance('api-1', link.port)]);
    await expect(client.send('echo', 1, { deadlineMs: PATIENCE_MS, attempts: 2 })).resolves.toEqual({ echo: 1 });
  });

  it('closes the connection to an instance that is gone, after its last reply', async () => {
    await client.send('echo', 1, { deadlineMs: PATIENCE_MS });
    const last = client.send('held', {}, { deadlineMs: PATIENCE_MS });
    await until(() => held.length === 1, 20_000);
    catalog.put('api', []);
    await until(() => discovery.upstreams.of('api').instances().instances.length === 0, 20_000);
    expect(link.open()).toBe(1);
    held.pop()?.('late');
    await expect(last).resolves.toBe('late');
    await until(() => link.open() === 0, 20_000);
  });

  it('says that an entry has no rpc_port', async () => {
    catalog.put('api', ['127.0.0.1:1']);
    await expect(client.send('echo', 1, { deadlineMs: PATIENCE_MS })).rejects.toMatchObject({
      code: 'attempts_exhausted',
      cause: { code: 'rpc_port_missing' },
    });
  });

  it('refuses after the application has shut down, and leaves no connection behind', async () => {
    await client.send('echo', 1, { deadlineMs: PATIENCE_MS });
    client.onApplicationShutdown();
    await until(() => link.open() === 0, 20_000);
    await expect(client.send('echo', 1, { deadlineMs: PATIENCE_MS })).rejects.toMatchObject({ code: 'closed' });
  });
});
