import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from './fleet/ask.ts';
import { startReplica, type Replica } from './fleet/replica.ts';
import { startWholeGateway } from './fleet/whole-gateway.ts';

/** Nobody listens there. */
const AGENT = '127.0.0.1:1';

describe('names under the domain', () => {
  let replica: Replica;
  let gateway: Awaited<ReturnType<typeof startWholeGateway>>;
  let asked = 0;
  beforeAll(async () => {
    replica = await startReplica('api-1', (_request, response) => {
      asked += 1;
      response.end('of the api');
    });
    gateway = await startWholeGateway({ DISCOVERY: 'fixed', DISCOVERY_FIXED: `api=127.0.0.1:${replica.port}` });
  });
  afterAll(async () => {
    await gateway?.close();
    await replica?.close();
  });
  const told = async (host: string, headers = {}) =>
    (JSON.parse((await answerOf(host, '/', headers)).body) as { detail: string }).detail;
  const answerOf = (host: string, path: string, headers = {}) =>
    ask(gateway.port, path, { headers: { host, ...headers } });

  it.each([
    ['consul.localhost', '/'],
    ['consul.localhost:8080', '/ui'],
    ['traefik.localhost', '/dashboard/'],
    ['webserver.localhost', '/'],
    ['webserver.localhost', '/api/'],
    ['Prometheus.LOCALHOST', '/get?key=a'],
    ['a.b.localhost', '/livez'],
  ])('%s%s is 404 with the right address', async (host, path) => {
    const before = asked;
    const { status, headers, body } = await answerOf(host, path);
    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'host_not_served', status: 404 });
    expect(asked).toBe(before);
  });

  it('names the addresses with the scheme and the port that were asked', async () => {
    expect(await told('webserver.localhost:8080')).toContain(
      'The page is http://app.localhost:8080/, the api http://api.localhost:8080/.',
    );
    expect(
      await told('webserver.localhost', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }),
    ).toContain('https://api.localhost/');
    expect(await told('traefik.localhost')).toContain('port 8081');
    expect(await told('consul.localhost')).toContain('compose.traefik-consul.yaml');
  });

  it('takes no upgrade there', async () => {
    const { status } = await answerOf('consul.localhost', '/api/x', {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    });
    expect(status).toBe(404);
  });

  it.each([
    ['api.localhost', '/x', 'of the api'],
    ['app.localhost', '/api/x', 'of the api'],
    ['localhost:8080', '/api/x', 'of the api'],
    ['127.0.0.1', '/api/x', 'of the api'],
    ['fleet.example', '/api/x', 'of the api'],
  ])('%s%s is served', async (host, path, body) => {
    expect(await answerOf(host, path)).toMatchObject({ status: 200, body });
  });

  it("leads to Consul's page where the agent runs on this machine", async () => {
    const beside = await startWholeGateway({ CONSUL_HTTP_ADDR: AGENT });
    try {
      const { body } = await ask(beside.port, '/', { headers: { host: 'consul.localhost' } });
      expect(JSON.parse(body)).toMatchObject({ detail: expect.stringContaining(`http://${AGENT}/ui`) });
    } finally {
      await beside.close();
    }
  });
});
