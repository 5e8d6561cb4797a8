import { expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { installHeadWithoutEffect } from './head-without-effect.ts';

it('gives HEAD no effect and leaves the rest alone', async () => {
  const app = fastify();
  let visits = 0;
  installHeadWithoutEffect(app);
  app.get('/', () => ({ visits: ++visits }));
  for (const url of ['/whoami', '/jobs']) app.get(url, () => ({ visits: ++visits }));
  expect((await app.inject({ method: 'HEAD', url: '/?x=1' })).statusCode).toBe(200);
  expect(visits).toBe(0);
  expect((await app.inject('/')).json()).toEqual({ visits: 1 });
  // The same path has an effect by POST only.
  for (const url of ['/whoami', '/jobs']) expect((await app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
  expect(visits).toBe(3);
  await app.close();
});

it('does not say how long the answer to GET would be', async () => {
  const app = fastify();
  installHeadWithoutEffect(app);
  app.get('/', () => ({ visits: 1 }));
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const { status, headers } = await fetch(address, { method: 'HEAD' });
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect([headers.get('content-length'), headers.get('transfer-encoding')]).toEqual([null, null]);
  await app.close();
});
