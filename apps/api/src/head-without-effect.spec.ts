import { expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { installHeadWithoutEffect } from './head-without-effect.ts';

it('gives HEAD no effect and leaves the rest alone', async () => {
  const app = fastify();
  let visits = 0;
  installHeadWithoutEffect(app);
  app.get('/', () => ({ visits: ++visits }));
  app.get('/whoami', () => ({ visits: ++visits }));
  expect((await app.inject({ method: 'HEAD', url: '/?x=1' })).statusCode).toBe(200);
  expect(visits).toBe(0);
  expect((await app.inject('/')).json()).toEqual({ visits: 1 });
  expect((await app.inject({ method: 'HEAD', url: '/whoami' })).statusCode).toBe(200);
  expect(visits).toBe(2);
  await app.close();
});
