import { expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { clientHost, clientProtocol } from './client-address.ts';

const [CLIENT, OUTER, INNER] = ['203.0.113.9', '10.0.0.2', '10.0.0.1'];

it.each([
  ['nobody says anything', INNER, undefined, undefined, 'http'],
  ['one proxy', INNER, CLIENT, 'https', 'https'],
  ['two that append', INNER, `${CLIENT}, ${OUTER}`, 'https, http', 'https'],
  ['two that append, the client came by http', INNER, `${CLIENT}, ${OUTER}`, 'http,https', 'http'],
  ['two, the inner one passes on', INNER, `${CLIENT}, ${OUTER}`, 'https', 'https'],
  ['a client that says https itself', INNER, CLIENT, 'https, http', 'http'],
  ['a client that says both itself', INNER, `1.2.3.4, ${CLIENT}, ${OUTER}`, 'https, http, https', 'http'],
  ['upper case', INNER, CLIENT, 'HTTPS', 'https'],
  ['nonsense', INNER, CLIENT, 'https://', 'http'],
  ['a stranger', CLIENT, '10.0.0.9', 'https', 'http'],
])('%s', async (_who, remoteAddress, addresses, protocol, expected) => {
  const app = fastify({ trustProxy: '10.0.0.0/8' });
  app.get('/', (request) => ({ protocol: clientProtocol(request), host: clientHost(request) }));
  const headers = {
    host: 'own',
    ...(addresses && { 'x-forwarded-for': addresses }),
    ...(protocol && { 'x-forwarded-proto': protocol, 'x-forwarded-host': protocol.toLowerCase() }),
  };
  const told = (await app.inject({ url: '/', remoteAddress, headers })).json<{ protocol: string; host: string }>();
  expect(told.protocol).toBe(expected);
  expect(told.host).toBe(remoteAddress === CLIENT || !protocol ? 'own' : protocol === 'https://' ? protocol : expected);
  await app.close();
});
