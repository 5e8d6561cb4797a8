import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { baseConfig } from './config/base-config.ts';
import { loadConfig } from './config/environment.ts';
import { identify } from './identity.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { createMetrics, serveMetrics } from './metrics.ts';

describe('the metrics port', () => {
  let server: Server;
  beforeEach(async () => {
    const config = loadConfig(baseConfig({ httpPort: 0 }), {});
    const identity = identify('unit', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
    server = await serveMetrics(createMetrics(identity, new Lifecycle()), pino({ level: 'silent' }), '127.0.0.1', 0);
  });
  afterEach(() => void server?.close());

  it.each([
    ['ends its own side', '', [200]],
    ['sends what is no HTTP', 'GARBAGE\r\n\r\n', [200, 400]],
  ])('answers a client that, behind its request, %s', async (_name, more, statuses) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1' }).setEncoding('latin1');
    let text = '';
    socket.on('data', (chunk: string) => (text += chunk));
    socket.end(`GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n${more}`);
    await once(socket, 'close');
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))).toEqual(statuses);
    expect(text).toContain('nestfleet_process_cpu_seconds_total');
  });

  it('is not filled by connections that ask nothing', async () => {
    const { port } = server.address() as AddressInfo;
    const silent = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await Promise.all(silent.slice(0, 128).map((each) => once(each, 'connect')));
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.status).toBe(200);
    await answer.text();
    for (const each of silent.slice(0, 300 - 128)) if (!each.closed) await once(each.resume(), 'close');
    for (const each of silent) each.destroy();
  });
});
