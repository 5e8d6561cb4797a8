import { expect, it } from '@jest/globals';
import { toProblemSpec } from '@nestfleet/service';
import { fastify } from 'fastify';
import { etagOf, headersOf } from './dashboard-files.ts';
import { installDashboard } from './dashboard-routes.ts';

it('shows a file, or what its conditions say, as GET and as HEAD', async () => {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => reply.code(toProblemSpec(error).status).send(''));
  const body = Buffer.from('body {}');
  const url = '/assets/page-a.css';
  installDashboard(app, [{ url, body, headers: headersOf(url, '.css', body) }]);
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
