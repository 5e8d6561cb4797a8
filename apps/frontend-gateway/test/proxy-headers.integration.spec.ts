import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { echo } from './fleet/replica.ts';

const { replica: startReplica, gateway: startGateway } = opened();

/** What the replica saw of the last request. */
async function fleet(settings?: Parameters<typeof startGateway>[1]) {
  const replica = await startReplica('api-1', echo);
  const gateway = await startGateway([replica], settings);
  const last = () => {
    const request = replica.seen.at(-1);
    return { method: request?.method, url: request?.url, headers: request?.headers ?? {} };
  };
  return { replica, gateway, port: gateway.port, last };
}

describe('addresses', () => {
  it('takes /api off, keeps the rest of the request line as it was written', async () => {
    const { port, last } = await fleet();
    for (const [path, url] of [
      ['/api', '/'],
      ['/api?x=1', '/?x=1'],
      ['/api/values/a%2Fb?q=%20', '/values/a%2Fb?q=%20'],
      ['/api/whoami', '/whoami'],
      ['/set?key=a&value=b', '/set?key=a&value=b'],
      ['/get?key=a', '/get?key=a'],
    ] as const) {
      expect((await ask(port, path)).status).toBe(200);
      expect(last().url).toBe(url);
    }
  });

  it('sends all paths of api.localhost to the api, the gateway’s own too', async () => {
    const { port, last } = await fleet();
    for (const path of ['/', '/whoami', '/readyz', '/api/x', '/anything?y']) {
      expect((await ask(port, path, { headers: { host: 'api.localhost:8080' } })).headers['x-served-by']).toBe('api-1');
      expect(last()).toMatchObject({ url: path, headers: { host: 'api.localhost:8080' } });
      expect(last().headers).not.toHaveProperty('x-forwarded-prefix');
    }
    const app = await ask(port, '/livez', { headers: { host: 'app.localhost:8080' } });
    expect(app.headers['x-served-by']).not.toBe('api-1');
    expect((await ask(port, '/api/x', { headers: { host: 'app.localhost' } })).headers['x-served-by']).toBe('api-1');
  });

  it('takes the name from DOMAIN, and localhost is no name of its then', async () => {
    const { port } = await fleet({ DOMAIN: 'Fleet.test' });
    const servedBy = async (host: string) => (await ask(port, '/livez', { headers: { host } })).headers['x-served-by'];
    expect(await servedBy('api.fleet.test:8080')).toBe('api-1');
    expect(await servedBy('api.localhost')).not.toBe('api-1');
  });

  it('answers 404 itself to what is nobody’s', async () => {
    const { port, replica } = await fleet();
    for (const path of ['/apix', '/%61pi/x', '/nothing']) {
      const reply = await ask(port, path, { headers: { accept: 'text/html' } });
      expect(reply.status).toBe(404);
      expect(JSON.parse(reply.body)).toMatchObject({ code: 'not_found' });
    }
    expect(replica.seen).toHaveLength(0);
  });

  it('sends HEAD as HEAD, and its answer has the head only', async () => {
    const { port, last } = await fleet();
    const reply = await ask(port, '/api/jobs', { method: 'HEAD' });
    expect(reply).toMatchObject({ status: 200, body: '' });
    expect(reply.headers['content-type']).toBe('application/json');
    expect(last()).toMatchObject({ method: 'HEAD', url: '/jobs' });
  });

  it.each(METHODS.filter((each) => each !== 'CONNECT'))(
    'passes %s: only the api knows what it serves',
    async (method) => {
      const { port, last } = await fleet();
      for (const path of ['/api', '/api/x', '/get']) {
        expect((await ask(port, path, { method })).status).toBe(200);
        expect(last().method).toBe(method);
      }
    },
  );
});

describe('headers', () => {
  it('passes no header of the hop, in either direction', async () => {
    const replica = await startReplica('api-1', (_req, res) => {
      res.writeHead(200, {
        connection: 'keep-alive, x-inner',
        'x-inner': '1',
        'keep-alive': 'timeout=95',
        'x-kept': '1',
      });
      res.end('{}');
    });
    const gateway = await startGateway([replica]);
    const reply = await ask(gateway.port, '/api/', {
      headers: {
        connection: 'close, x-outer',
        'x-outer': '1',
        te: 'trailers',
        'proxy-authorization': 'x',
        'x-kept': '1',
      },
    });
    expect(reply.headers).toMatchObject({ 'x-kept': '1', 'x-served-by': 'api-1' });
    expect(reply.headers).not.toHaveProperty('x-inner');
    expect(reply.headers['connection']).toBe('close');
    const seen = replica.seen[0]?.headers ?? {};
    expect(seen).toMatchObject({ 'x-kept': '1', connection: 'keep-alive' });
    for (const name of ['x-outer', 'te', 'proxy-authorization']) expect(seen).not.toHaveProperty(name);
  });

  it('keeps cookies apart, both ways', async () => {
    const replica = await startReplica('api-1', (_req, res) => void res.setHeader('set-cookie', ['a=1', 'b=2']).end());
    const gateway = await startGateway([replica]);
    const reply = await ask(gateway.port, '/api/', { headers: { cookie: 'sid=1; x=2' } });
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(replica.seen[0]?.headers.cookie).toBe('sid=1; x=2');
  });

  it('believes the forwarding headers of a trusted peer and adds the peer', async () => {
    const { port, last } = await fleet({ TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' });
    const headers = {
      host: 'inner',
      'x-forwarded-for': '6.6.6.6, 8.8.8.8, 10.1.1.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-prefix': '/shop',
    };
    await ask(port, '/api/', { headers });
    expect(last().headers).toMatchObject({
      host: 'inner',
      'x-forwarded-for': '8.8.8.8, 10.1.1.1, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-prefix': '/shop/api',
    });
  });

  it('replaces those of anybody else', async () => {
    const { port, last } = await fleet({ TRUSTED_PROXIES: '10.0.0.1' });
    const headers = {
      host: 'shop.example:81',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-prefix': '/evil',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
    };
    await ask(port, '/api/', { headers });
    expect(last().headers).toMatchObject({
      host: 'shop.example:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example:81',
      'x-forwarded-prefix': '/api',
    });
    expect(last().headers).not.toHaveProperty('forwarded');
    expect(last().headers).not.toHaveProperty('x-real-ip');
  });

  it('passes the request id on, and makes one where there is none', async () => {
    const { port, last } = await fleet();
    await ask(port, '/api/', { headers: { 'x-request-id': 'r-1' } });
    expect(last().headers['x-request-id']).toBe('r-1');
    await ask(port, '/api/');
    expect(last().headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('bodies', () => {
  it.each(['application/json', 'application/x-www-form-urlencoded', 'image/png', 'not a media type', ''])(
    'passes type "%s" without looking into it',
    async (type) => {
      const { port, last } = await fleet();
      const headers = type === '' ? {} : { 'content-type': type };
      const reply = await ask(port, '/api/x', { method: 'POST', body: '{"broken', headers });
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.body)).toMatchObject({ body: '{"broken' });
      expect(last().headers['content-type']).toBe(type === '' ? undefined : type);
      expect(last().headers['content-length']).toBe('8');
    },
  );

  it('passes a body in chunks, and one of a GET', async () => {
    const { port, last } = await fleet();
    const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
    const short = await ask(port, '/api/x', { ...chunked, body: 'hello' });
    expect(JSON.parse(short.body)).toMatchObject({ body: 'hello' });
    // It was buffered, so its length is known.
    expect(last().headers).toMatchObject({ 'content-length': '5' });
    expect(last().headers).not.toHaveProperty('transfer-encoding');
    const body = 'x'.repeat(2 * REQUEST_BUFFER_BYTES);
    expect(JSON.parse((await ask(port, '/api/x', { ...chunked, body })).body)).toMatchObject({ body });
    expect(last().headers['transfer-encoding']).toBe('chunked');
    expect(JSON.parse((await ask(port, '/api/x', { body: 'hello' })).body)).toMatchObject({
      method: 'GET',
      body: 'hello',
    });
  });

  it('asks a client that expects it to go on', async () => {
    const { port, last } = await fleet();
    const client = connect(port, '127.0.0.1');
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    client.write(
      'POST /api/x HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n',
    );
    await until(() => text.startsWith('HTTP/1.1 100 Continue'));
    client.write('hello');
    await until(() => client.destroyed || client.readableEnded);
    expect(text).toContain('"body":"hello"');
    expect(last().headers).not.toHaveProperty('expect');
  });

  it('speaks HTTP/1.0 to a client that does', async () => {
    const { port } = await fleet();
    const client = connect(port, '127.0.0.1');
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    client.write('GET /api/x HTTP/1.0\r\n\r\n');
    await until(() => client.destroyed || client.readableEnded);
    expect(text).toContain('200 OK');
    expect(text).toContain('"url":"/x"');
    expect(text).not.toMatch(/transfer-encoding/i);
  });
});
