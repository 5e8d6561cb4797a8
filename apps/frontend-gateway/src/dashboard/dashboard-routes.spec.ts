import { expect, it } from '@jest/globals';
import { toProblemSpec } from '@nestfleet/service';
import { fastify } from 'fastify';
import { etagOf, headersOf } from './dashboard-files.ts';
import { installDashboard } from './dashboard-routes.ts';

const noPeers = { find: () => Promise.resolve(undefined) };

it('shows a file, or what its conditions say, as GET and as HEAD', async () => {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => reply.code(toProblemSpec(error).status).send(''));
  const body = Buffer.from('body {}');
  const url = '/assets/page-a.css';
  installDashboard(app, [{ url, body, headers: headersOf(url, '.css', body), coded: [] }], noPeers);
  const etag = etagOf(body);
  for (const [headers, status] of [
    [{}, 200],
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"of,others", W/${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-none-match': 'other' }, 400],
    [{ 'if-match': `"other", ${etag}` }, 200],
    [{ 'if-match': '"other"' }, 412],
  ] as const)
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url, headers });
      expect([method, headers, answer.statusCode]).toEqual([method, headers, status]);
      expect(answer.body).toBe(method === 'GET' && status === 200 ? 'body {}' : '');
    }
  await app.close();
});

it('sends what was compressed to who takes it, and tells the forms apart by their tags', async () => {
  const app = fastify();
  const url = '/assets/page-a.css';
  const plain = { body: Buffer.from('body {}'), headers: { etag: '"plain"', vary: 'accept-encoding' } };
  const br = { coding: 'br', body: Buffer.from('b'), headers: { etag: '"b"', 'content-encoding': 'br' } } as const;
  installDashboard(app, [{ url, ...plain, coded: [br] }], noPeers);
  const ask = async (headers: Record<string, string>) => {
    const { statusCode, headers: got, body } = await app.inject({ url, headers });
    return [statusCode, got['content-encoding'], body];
  };
  expect(await ask({ 'accept-encoding': 'gzip, br' })).toEqual([200, 'br', 'b']);
  expect(await ask({ 'accept-encoding': 'gzip' })).toEqual([200, undefined, 'body {}']);
  expect(await ask({})).toEqual([200, undefined, 'body {}']);
  expect(await ask({ 'accept-encoding': 'br', 'if-none-match': '"b"' })).toEqual([304, 'br', '']);
  expect(await ask({ 'accept-encoding': 'br', 'if-none-match': '"plain"' })).toEqual([200, 'br', 'b']);
  await app.close();
});
