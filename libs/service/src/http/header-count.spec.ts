import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { toProblemSpec } from '../problem/problem.ts';
import { installHooks } from './adapter.ts';
import { installConnectionRules } from './connection-rules.ts';
import { HEADERS_MAX } from './header-count.ts';

let server: FastifyInstance;
afterEach(() => server.close());

/** `host` and `connection` come by themselves. */
async function ask(count: number): Promise<[status: number | undefined, body: string]> {
  const { port } = server.server.address() as AddressInfo;
  const headers = Object.fromEntries(Array.from({ length: count - 2 }, (_none, n) => [`x${n}`, '1']));
  const request = get({ host: '127.0.0.1', port, agent: false, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return [response.statusCode, await text(response)];
}

it('passes as many headers as there may be, and refuses more instead of dropping one', async () => {
  const config = loadConfig(baseConfig({ httpPort: 0 }), {});
  const identity = identify('probe', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const log = pino({ level: 'silent' });
  server = fastify();
  installConnectionRules(server.server, log);
  installHooks(server, { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) });
  server.setErrorHandler((error, _request, reply) => {
    const { status, detail } = toProblemSpec(error);
    return reply.code(status).send(detail);
  });
  server.get('/', ({ headers }) => String(Object.keys(headers).length));
  await server.listen({ port: 0, host: '127.0.0.1' });
  expect(await ask(HEADERS_MAX)).toEqual([200, String(HEADERS_MAX)]);
  expect(await ask(HEADERS_MAX + 1)).toEqual([431, 'More than 512 headers']);
  // Of these Node itself may see it.
  for (const count of [HEADERS_MAX + 40, 1_000]) expect((await ask(count))[0]).toBe(431);
});
