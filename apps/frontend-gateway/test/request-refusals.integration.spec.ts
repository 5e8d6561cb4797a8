import { describe, expect, it } from '@jest/globals';
import { until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { askRaw, get, openRawClient as open, UPGRADE } from './fleet/raw-client.ts';
import { echo, startReplica as startFake } from './fleet/replica.ts';

const { replica: startReplica, rawReplica: startRawReplica, gateway: startGateway } = opened();

async function fleet(settings?: Parameters<typeof startGateway>[1]) {
  const replica = await startReplica('api-1', echo);
  const gateway = await startGateway([replica], settings);
  return { replica, gateway, ask: (request: string) => askRaw(gateway.port, request) };
}

const request = (line: string, ...headers: string[]): string =>
  [line, ...headers, 'connection: close', '', ''].join('\r\n');
const statusOf = (text: string): string | undefined => /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];

describe('a request that could be read in two ways', () => {
  it.each([
    ['two hosts', request('GET /api/x HTTP/1.1', 'host: a', 'Host: b'), '400'],
    ['the same host twice', request('GET /api/x HTTP/1.1', 'host: a', 'host: a'), '400'],
    ['markup for a host', request('GET /api/x HTTP/1.1', 'host: a"><script>'), '400'],
    ['a user in its host', request('GET /api/x HTTP/1.1', 'host: good@evil'), '400'],
    ['a space in its host', request('GET /api/x HTTP/1.1', 'host: a b'), '400'],
    ['a list for a host', request('GET /api/x HTTP/1.1', 'host: a,b'), '400'],
    ['a path in its host', request('GET /api/x HTTP/1.1', 'host: a/b?c#d'), '400'],
    ['bytes in its host', request('GET /api/x HTTP/1.1', 'host: caf\xe9'), '400'],
    ['a port that is none', request('GET /api/x HTTP/1.1', 'host: a:b'), '400'],
    ['another host in its line', request('GET http://api.localhost/e HTTP/1.1', 'host: app.localhost'), '400'],
    ['another port in its line', request('GET http://a:81/api/e HTTP/1.1', 'host: a'), '400'],
    ['a user in its line', request('GET http://good@evil/api/e HTTP/1.1', 'host: evil'), '400'],
    ['another scheme in its line', request('GET ftp://a/api/e HTTP/1.1', 'host: a'), '400'],
    ['another host in its line, before a query', request('GET http://other?a=/api/e HTTP/1.1', 'host: a'), '400'],
    ['a fragment', request('GET /api/x#y HTTP/1.1', 'host: a'), '400'],
    ['a fragment of an address', request('GET http://a/api/x?y#z HTTP/1.1', 'host: a'), '400'],
    ['a fragment on the name of the api', request('GET /x#y HTTP/1.1', 'host: api.localhost'), '400'],
    ['a fragment of an upgrade', get('/api/x#y', UPGRADE), '400'],
    ['no host in its line', request('GET http:///api/e HTTP/1.1', 'host: a'), '400'],
    ['a backslash in the host of its line', request('GET http://a\\b/api/e HTTP/1.1', 'host: a'), '400'],
    ['a space in its path', request('GET /api/x y HTTP/1.1', 'host: a'), '400'],
    ['a control character in its path', request('GET /api/x\x01y HTTP/1.1', 'host: a'), '400'],
    ['a name instead of a path', request('GET a:80 HTTP/1.1', 'host: a:80'), '400'],
    ['no path in its line', request('GET * HTTP/1.1', 'host: api.localhost'), '400'],
    ['no host', request('GET /api/x HTTP/1.1'), '400'],
    ['no host beside an address', request('GET http://a/api/x HTTP/1.1'), '400'],
    ['another version', request('GET /api/x HTTP/2.0', 'host: a'), '505'],
    [
      'chunks in HTTP/1.0',
      `${request('POST /api/x HTTP/1.0', 'host: a', 'transfer-encoding: chunked')}0\r\n\r\n`,
      '400',
    ],
    ['a coding', `${request('POST /api/x HTTP/1.1', 'host: a', 'transfer-encoding: gzip, chunked')}0\r\n\r\n`, '501'],
    [
      'codings',
      `${request('POST /api/x HTTP/1.1', 'host: a', 'transfer-encoding: identity, chunked')}0\r\n\r\n`,
      '501',
    ],
    [
      'a length that no number holds',
      request('POST /api/x HTTP/1.1', 'host: a', 'content-length: 9007199254740993'),
      '413',
    ],
    ['an upgrade with a body', `${get('/api/x', `content-length: 5\r\n${UPGRADE}`)}hello`, '400'],
    ['an upgrade in chunks', `${get('/api/x', `transfer-encoding: chunked\r\n${UPGRADE}`)}0\r\n\r\n`, '400'],
  ])('by %s is refused', async (_what, text, status) => {
    const { replica, gateway } = await fleet();
    const { socket, text: answer } = open(gateway.port, text);
    await until(() => answer().includes('\r\n\r\n'));
    socket.destroy();
    expect(statusOf(answer())).toBe(status);
    expect(answer().toLowerCase()).toContain('content-type: application/problem+json');
    const id = /"request_id":"([^"]+)"/.exec(answer())?.[1];
    expect(answer().toLowerCase()).toContain(`\r\nx-request-id: ${id}\r\n`);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(replica.seen).toEqual([]);
  });

  it.each([
    ['a name', 'a-b_c.example:8080'],
    ['an address', '127.0.0.1:80'],
    ['an address of IPv6', '[::1]:80'],
    ['no port behind its colon', 'a:'],
  ])('is none where its host is %s', async (_what, host) => {
    const { replica, ask } = await fleet();
    expect(statusOf(await ask(request('GET /api/x HTTP/1.1', `host: ${host}`)))).toBe('200');
    expect(replica.seen[0]?.headers.host).toBe(host);
  });

  it.each([
    ['http://api.localhost/e?q', 'api.localhost', '/e?q'],
    ['http://API.localhost:80/e', 'api.localhost', '/e'],
    ['http://x:81/api/e', 'x:81', '/e'],
  ])('is none where the address %s says the same as the host %s', async (address, host, url) => {
    const { replica, ask } = await fleet();
    expect(statusOf(await ask(request(`GET ${address} HTTP/1.1`, `host: ${host}`)))).toBe('200');
    expect(replica.seen[0]).toMatchObject({ url, headers: { host } });
  });

  it('is none where the path of an address is left out', async () => {
    const { replica, ask } = await fleet();
    expect(statusOf(await ask(request('GET http://api.localhost?a=/api/e HTTP/1.1', 'host: api.localhost')))).toBe(
      '200',
    );
    expect(replica.seen[0]?.url).toBe('/?a=/api/e');
    expect(await ask(request('GET http://x?a=/api/e HTTP/1.1', 'host: x'))).toContain('No resource has the path /"');
    expect(replica.seen).toHaveLength(1);
  });

  it('is given our own name where it may do without one', async () => {
    const { replica, ask } = await fleet({ DOMAIN: 'fleet.test' });
    expect(statusOf(await ask(request('GET /api/x HTTP/1.0')))).toBe('200');
    expect(statusOf(await ask(request('GET http://other.test/api/x HTTP/1.0')))).toBe('200');
    expect(statusOf(await ask(request('GET /api/x HTTP/1.1', 'host: ')))).toBe('200');
    expect(replica.seen.map(({ headers }) => [headers.host, headers['x-forwarded-host']])).toEqual([
      ['fleet.test', 'fleet.test'],
      ['other.test', 'other.test'],
      ['fleet.test', 'fleet.test'],
    ]);
  });

  it('keeps its host and its length, whatever Connection calls them', async () => {
    const { replica, ask } = await fleet();
    const head = [
      'POST /api/x HTTP/1.1',
      'host: named',
      'content-length: 5',
      'connection: close, host, content-length',
    ];
    expect(await ask(`${head.join('\r\n')}\r\n\r\nhello`)).toContain('"body":"hello"');
    expect(replica.seen[0]?.headers).toMatchObject({ host: 'named', 'content-length': '5' });
  });
});

describe('a header that would let a request be sent again', () => {
  it.each([
    ['Idempotency-Key', 'POST /api/jobs HTTP/1.1', 'idempotency-key: k1'],
    ['If-Match', 'DELETE /api/values/a HTTP/1.1', 'if-match: "1"'],
  ])('does not where Connection takes it away: %s', async (name, line, header) => {
    const replicas = await Promise.all(
      [1, 2, 3].map(() => startFake('api', (_req, res) => void res.socket?.destroy())),
    );
    const gateway = await startGateway(replicas);
    const sent = async (connection: string) => {
      const text = `${[line, 'host: x', header, `connection: ${connection}`, 'content-length: 0'].join('\r\n')}\r\n\r\n`;
      expect(statusOf(await askRaw(gateway.port, text))).toBe('502');
      return replicas.flatMap(({ seen }) => seen.splice(0)).length;
    };
    expect(await sent(`close, ${name}`)).toBe(1);
    expect(await sent('close')).toBeGreaterThan(1);
    await Promise.all(replicas.map((replica) => replica.close()));
  });
});

describe('an answer whose head is too large', () => {
  it.each([
    ['plain', 'connection: close\r\n'],
    ['to an upgrade', UPGRADE],
  ])('is a 502 that blames nobody: %s', async (_way, headers) => {
    const replica = await startRawReplica(
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(70_000)}\r\ncontent-length: 0\r\n\r\n`),
    );
    const gateway = await startGateway([replica]);
    for (let n = 0; n < 6; n += 1) {
      const text = await askRaw(gateway.port, get('/api/', headers));
      expect(statusOf(text)).toBe('502');
      expect(text).toContain('is larger than');
    }
    expect(new Set(gateway.releases)).toEqual(new Set(['unknown']));
    expect(gateway.members()[0]?.why).toBeUndefined();
  });
});
