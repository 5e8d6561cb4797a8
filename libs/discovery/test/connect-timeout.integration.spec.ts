import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Discovery, openDiscovery } from '../src/index.ts';
import { DiscoveredClient } from '../src/nest.ts';
import { type NetNamespace, openNetNamespace } from '../src/testing.ts';
import { describeInNamespace } from './net-namespace.ts';
import { startTcpPeer, type TcpPeer } from './tcp-peer.ts';

/** Where an answer comes, or another end than this. */
const PATIENCE_MS = 20_000;

const entry = (id: string, address: string, port: number) => ({
  id,
  address,
  port: 1,
  meta: { rpc_port: String(port) },
});

describeInNamespace(describe, 'messages while packets to an instance vanish', () => {
  let network: NetNamespace;
  let peer: TcpPeer;
  let discovery: Discovery;
  let client: DiscoveredClient;

  /** An instance that no connection can be made to, and so many more at the peer. */
  const open = (others: number): void => {
    const reachable = Array.from({ length: others }, (_, at) => entry(`api-${at + 2}`, '127.0.0.1', peer.port));
    discovery = openDiscovery(
      { kind: 'fixed', services: { api: [entry('api-1', network.host, peer.port), ...reachable] } },
      { balancer: 'round-robin', random: () => 0 },
    );
    client = new DiscoveredClient(discovery, 'api');
  };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    [network, peer] = await Promise.all([openNetNamespace(), startTcpPeer()]);
    await network.swallow();
  }, 60_000);
  afterEach(async () => {
    client?.onApplicationShutdown();
    discovery?.close();
    await Promise.all([network?.close(), peer?.kill()]);
  });

  it('reach another one after the time of a connect, also where a repeat could do harm, and cost no retry', async () => {
    open(1);
    const upstream = discovery.upstreams.of('api');
    await upstream.ready();
    while (upstream.retries.take());
    const startMs = performance.now();
    const both = [1, 2].map((n) => client.send('echo', n, { deadlineMs: PATIENCE_MS, attempts: 1 }));
    await expect(Promise.all(both)).resolves.toEqual([{ echo: 1 }, { echo: 2 }]);
    expect(performance.now() - startMs).toBeGreaterThan(295);
    expect(upstream.members().map(({ why }) => why)).toEqual(['refused', undefined]);
    expect(upstream.retries.take()).toBe(false);
  });

  it('end with that as their reason where nobody else is there, long before their deadline', async () => {
    open(0);
    const send = (deadlineMs: number) => client.send('echo', 1, { deadlineMs, to: 'api-1' });
    await expect(send(PATIENCE_MS)).rejects.toMatchObject({
      code: 'attempts_exhausted',
      attempts: [{ outcome: 'refused', error: { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' } }],
    });
    // No later message waits for the same hopeless connect.
    await expect(send(PATIENCE_MS)).rejects.toMatchObject({ code: 'attempts_exhausted' });
    await expect(send(100)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    client.onApplicationShutdown();
    client = new DiscoveredClient(discovery, 'api', { connectTimeoutMs: 50 });
    await expect(send(PATIENCE_MS)).rejects.toMatchObject({ cause: { message: 'no connection within 50 ms' } });
  });
});
