import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { problem } from '@nestfleet/contracts';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { ask, type Reply, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { bodyHead, get, openRawClient } from './fleet/raw-client.ts';
import { echo, refusingAddress } from './fleet/replica.ts';

const { replica: startReplica, stoppedReplica: startStoppedReplica, gateway: startGateway } = opened();

/** The answer's problem; fails when it is none. */
function problemOf({ headers, body }: Reply): { status: number; code: string } {
  expect(headers['content-type']).toContain('application/problem+json');
  const parsed = problem.parse(JSON.parse(body));
  expect(headers['x-request-id']).toBe(parsed.request_id);
  return { status: parsed.status, code: parsed.code };
}

/** Reads a raw answer to its end; `cut` is true when the connection was reset. */
function rawAnswer(port: number, text: string): Promise<{ text: string; cut: boolean }> {
  return new Promise((resolve) => {
    let answer = '';
    let cut = false;
    const client = connect(port, '127.0.0.1', () => client.write(text));
    client.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    client.on('error', () => (cut = true));
    client.on('close', () => resolve({ text: answer, cut }));
  });
}

describe('without a replica that answers', () => {
  it('says so with 503 and when to come back', async () => {
    const gateway = await startGateway([]);
    const reply = await ask(gateway.port, '/api/whoami', { headers: { 'x-request-id': 'r-7' } });
    expect(problemOf(reply)).toEqual({ status: 503, code: 'no_instance' });
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('1');
    expect(reply.headers['x-request-id']).toBe('r-7');
  });

  it('tells a client that still sends its body, and stays usable for the next request', async () => {
    const gateway = await startGateway([]);
    const body = Buffer.alloc(2_000_000);
    expect(problemOf(await ask(gateway.port, '/api/jobs', { method: 'POST', body }))).toMatchObject({ status: 503 });
    expect(gateway.lifecycle.inFlight).toBe(0);
  });

  it('tries each replica once where all refuse, then says 502', async () => {
    const addresses = await Promise.all([1, 2, 3, 4].map(refusingAddress));
    const gateway = await startGateway(addresses);
    const reply = await ask(gateway.port, '/api/whoami');
    expect(problemOf(reply)).toEqual({ status: 502, code: 'upstream_failed' });
    expect(new Set(gateway.picks).size).toBe(gateway.picks.length);
    expect(gateway.picks.length).toBeGreaterThan(2);
    expect(new Set(gateway.releases)).toEqual(new Set(['refused']));
  });

  it('sends a request to three replicas at most, none twice, then says 502', async () => {
    const dying = await Promise.all(
      [1, 2, 3, 4].map((n) => startReplica(`api-${n}`, (req) => void req.socket.destroy())),
    );
    const gateway = await startGateway(dying);
    expect(problemOf(await ask(gateway.port, '/api/whoami'))).toEqual({ status: 502, code: 'upstream_failed' });
    expect(dying.map(({ seen }) => seen.length).toSorted((a, b) => a - b)).toEqual([0, 1, 1, 1]);
  });
});

describe('a replica that refuses', () => {
  it.each(['GET', 'POST'])('costs a %s nothing where all but the last one refuse', async (method) => {
    for (let round = 0; round < 6; round += 1) {
      const dead = await Promise.all([1, 2, 3].map(refusingAddress));
      const gateway = await startGateway([...dead, await startReplica('api-1', echo)]);
      expect((await ask(gateway.port, '/api/', { method })).status).toBe(200);
    }
  });

  it.each([
    ['POST', 'a small body'],
    ['DELETE', 'a small body'],
    ['POST', 'x'.repeat(3_000_000)],
  ])('costs a %s nothing: the whole body arrives at another one, once', async (method, body) => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([await refusingAddress(), await refusingAddress(), replica]);
    for (let i = 0; i < 8; i += 1) {
      const reply = await ask(gateway.port, '/api/jobs', { method, body, headers: { 'content-type': 'text/plain' } });
      expect(reply.status).toBe(200);
      const got = JSON.parse(reply.body) as { body: string };
      expect(got.body === body).toBe(true);
    }
    expect(replica.seen).toHaveLength(8);
    expect(gateway.picks.length).toBeGreaterThan(8);
    expect(gateway.releases).toHaveLength(gateway.picks.length);
  });
});

describe('a burst while one of three replicas takes no connection any more', () => {
  it.each(['GET', 'POST'])('loses no %s: what was not sent costs no retry budget', async (method) => {
    const replicas = await Promise.all([startReplica('api-1', echo), startReplica('api-2', echo)]);
    const gateway = await startGateway([await startStoppedReplica(), ...replicas], {
      UPSTREAM_BALANCER: 'round-robin',
    });
    const replies = await Promise.all(
      Array.from({ length: 60 }, () =>
        ask(gateway.port, '/api/jobs', { method, ...(method === 'POST' && { body: '{}' }) }),
      ),
    );
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    // More than a fifth of 60, which the budget would allow.
    expect(gateway.releases.filter((outcome) => outcome === 'refused').length).toBeGreaterThan(12);
  });
});

/** Asks twenty times where one of two replicas breaks every connection. */
const askBroken = async (path: string, options: Parameters<typeof ask>[2] = {}) => {
  const dying = await startReplica('dying', (req) => void req.socket.destroy());
  const well = await startReplica('well', echo);
  const gateway = await startGateway([dying, well]);
  const statuses = new Set<number>();
  // With two choices each, a first pick that is never the dying one is a chance of one in a million.
  for (let i = 0; i < 20; i += 1) statuses.add((await ask(gateway.port, path, options)).status);
  expect(dying.seen.length).toBeGreaterThan(0);
  return { statuses: [...statuses].toSorted((a, b) => a - b), times: dying.seen.length + well.seen.length };
};

describe('a connection that breaks before the answer', () => {
  it('sends a safe request to another replica', async () => {
    expect(await askBroken('/api/values/a')).toMatchObject({ statuses: [200] });
    expect(await askBroken('/get?key=a')).toMatchObject({ statuses: [200] });
    expect(await askBroken('/api/', { method: 'HEAD' })).toMatchObject({ statuses: [200] });
    expect(await askBroken('/api/values/a', { method: 'DELETE', headers: { 'if-match': '"1"' } })).toMatchObject({
      statuses: [200],
    });
  });

  const keyed = { method: 'POST', headers: { 'idempotency-key': 'k' } };

  it('sends one with its body to another replica, as far as that is buffered', async () => {
    expect(await askBroken('/api/jobs', { ...keyed, body: '{}' })).toMatchObject({ statuses: [200] });
  });

  it('never sends any other request twice', async () => {
    expect(await askBroken('/api/')).toEqual({ statuses: [200, 502], times: 20 });
    expect(await askBroken('/set?key=a&value=b')).toEqual({ statuses: [200, 502], times: 20 });
    expect(await askBroken('/api/values/a', { method: 'DELETE' })).toEqual({ statuses: [200, 502], times: 20 });
    expect(await askBroken('/api/jobs', { method: 'POST', body: '{}' })).toEqual({ statuses: [200, 502], times: 20 });
    const body = Buffer.alloc(REQUEST_BUFFER_BYTES + 1);
    expect(await askBroken('/api/jobs', { ...keyed, body })).toEqual({ statuses: [200, 502], times: 20 });
  });
});

describe('a replica that dies in the middle of its answer', () => {
  it.each([
    ['with a length', { 'content-length': '1000' }],
    ['in chunks', {}],
  ])('gives the client an error, never a short answer: %s', async (_how, headers) => {
    const dying = await startReplica('api-1', (req, res) => {
      res.writeHead(200, headers);
      res.write('half', () => req.socket.destroy());
    });
    const gateway = await startGateway([dying, await startReplica('api-2', echo)]);
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => ask(gateway.port, '/api/values/a')));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(dying.seen.length);
    expect(dying.seen.length).toBeGreaterThan(0);
    expect(gateway.releases.filter((outcome) => outcome === 'broken')).toHaveLength(dying.seen.length);
  });

  it('resets a client of HTTP/1.0 too, for whom a plain close would be the end of the answer', async () => {
    const dying = await startReplica('api-1', (req, res) => {
      res.write('half');
      setTimeout(() => req.socket.destroy(), 50);
    });
    const gateway = await startGateway([dying]);
    const { text, cut } = await rawAnswer(gateway.port, 'GET /api/values/a HTTP/1.0\r\n\r\n');
    expect(text).toContain('half');
    expect(cut).toBe(true);
  });
});

describe('a replica that falls silent in the middle of its answer', () => {
  it('is given up, and the client is told by a reset', async () => {
    const silent = await startReplica('api-1', (_req, res) => void res.write('half'));
    const gateway = await startGateway([silent], { UPSTREAM_SILENCE_MS: '1000' });
    const { text, cut } = await rawAnswer(gateway.port, 'GET /api/values/a HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(text).toContain('half');
    expect(cut).toBe(true);
    expect(gateway.releases).toEqual(['broken']);
  });

  it('may rest when its answer is a stream of events, asked for or not', async () => {
    const resting = await startReplica('api-1', (_req, res) => {
      res.setHeader('content-type', 'text/event-stream');
      res.write('begun;');
      setTimeout(() => res.end('done'), 2_500);
    });
    const gateway = await startGateway([resting], { UPSTREAM_SILENCE_MS: '1000' });
    const headers = { accept: 'text/event-stream' };
    const replies = await Promise.all([
      ask(gateway.port, '/api/values/a', { headers }),
      ask(gateway.port, '/api/values/a'),
    ]);
    expect(replies.map(({ body }) => body)).toEqual(Array(2).fill('begun;done'));
  });

  it.each(['/api/values/a', '/api/jobs/1/events', '/api/diagnostics/stream'])(
    'may not where only the question is of events: %s',
    async (path) => {
      const silent = await startReplica('api-1', (_req, res) => void res.write('half'));
      const gateway = await startGateway([silent], { UPSTREAM_SILENCE_MS: '1000' });
      const { cut } = await rawAnswer(gateway.port, get(path, 'accept: text/event-stream\r\n'));
      expect(cut).toBe(true);
      await until(() => gateway.lifecycle.inFlight === 0);
      expect(gateway.releases).toEqual(['broken']);
    },
  );

  it('does not answer for a client that takes nothing', async () => {
    const chunk = Buffer.alloc(65_536);
    let written = 0;
    const eager = await startReplica('api-1', (_req, res) => {
      const more = (): void => {
        while (written < 400) {
          written += 1;
          if (!res.write(chunk)) return;
        }
        res.end();
      };
      res.on('drain', more);
      more();
    });
    const gateway = await startGateway([eager], { UPSTREAM_SILENCE_MS: '1000' });
    const bytes = await new Promise<number>((resolve, reject) => {
      const outgoing = request({ port: gateway.port, path: '/api/values/a', agent: false }, (res) => {
        let sum = 0;
        res.on('data', (part: Buffer) => (sum += part.length)).on('end', () => resolve(sum));
        res.on('error', reject).pause();
        setTimeout(() => res.resume(), 3_000);
      });
      outgoing.on('error', reject).end();
    });
    expect(bytes).toBe(400 * chunk.length);
  });
});

describe('deadlines', () => {
  it('ends with 504 when no answer begins, and does not ask another replica', async () => {
    const silent = await startReplica('api-1', () => undefined);
    const gateway = await startGateway([silent], { UPSTREAM_DEADLINE_MS: '1500' });
    expect(problemOf(await ask(gateway.port, '/api/whoami'))).toEqual({ status: 504, code: 'upstream_timeout' });
    expect(silent.seen).toHaveLength(1);
    await until(() => silent.connections[0]?.destroyed === true);
    expect(gateway.releases).toEqual(['timeout']);
  });

  it('lets a caller shorten it, never prolong it', async () => {
    const silent = await startReplica('api-1', () => undefined);
    const gateway = await startGateway([silent], { UPSTREAM_DEADLINE_MS: '3000' });
    const ended: string[] = [];
    const wait = async (deadlineMs: string) => {
      expect((await ask(gateway.port, '/api/whoami', { headers: { 'x-deadline-ms': deadlineMs } })).status).toBe(504);
      ended.push(deadlineMs);
    };
    await Promise.all([wait('60000'), wait('1500')]);
    expect(ended).toEqual(['1500', '60000']);
    const told = silent.seen.map(({ headers }) => Number(headers['x-deadline-ms'])).toSorted((a, b) => a - b);
    expect(told).toHaveLength(2);
    expect(told[0]).toBeLessThanOrEqual(1_500);
    expect(told[1]).toBeLessThanOrEqual(3_000);
  });

  it('counts from the end of the body where there is one', async () => {
    const slow = await startReplica('api-1', (req, res) => {
      req.resume().on('end', () => res.end());
    });
    const gateway = await startGateway([slow], { UPSTREAM_DEADLINE_MS: '1500' });
    const status = await new Promise<number>((resolve, reject) => {
      const client = request({ port: gateway.port, path: '/api/jobs', method: 'POST', agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      client.on('error', reject);
      client.write('{');
      setTimeout(() => client.write(' '), 1_000);
      setTimeout(() => client.end('}'), 2_000);
    });
    expect(status).toBe(200);
    const silent = await startReplica('api-2', (req) => void req.resume());
    const other = await startGateway([silent], { UPSTREAM_DEADLINE_MS: '300' });
    expect((await ask(other.port, '/api/jobs', { method: 'POST', body: '{}' })).status).toBe(504);
  });

  it('counts the wait for a free connection', async () => {
    const silent = await startReplica('api-1', () => undefined);
    const settings = { UPSTREAM_DEADLINE_MS: '150', UPSTREAM_CONNECTIONS_MAX: '2' };
    const gateway = await startGateway([silent], settings);
    const replies = await Promise.all(Array.from({ length: 6 }, () => ask(gateway.port, '/api/whoami')));
    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(504));
    await until(() => gateway.releases.length === 6);
  });

  it('does not bind an answer that has begun, nor a body on its way', async () => {
    const replica = await startReplica('api-1', (req, res) => {
      if (req.method === 'POST') return echo(req, res);
      res.write('begun;');
      setTimeout(() => res.end('done'), 2_000);
    });
    const gateway = await startGateway([replica], { UPSTREAM_DEADLINE_MS: '1500' });
    expect((await ask(gateway.port, '/api/events')).body).toBe('begun;done');
    const reply = await new Promise<number>((resolve, reject) => {
      const slow = request({ port: gateway.port, path: '/api/jobs', method: 'POST', agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      slow.on('error', reject);
      let parts = 0;
      const timer = setInterval(() => {
        slow.write('x');
        if ((parts += 1) < 10) return;
        clearInterval(timer);
        slow.end();
      }, 200);
    });
    expect(reply).toBe(200);
  });

  it('blames a client that stops sending', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica], { UPSTREAM_DEADLINE_MS: '1500' });
    const client = openRawClient(gateway.port, bodyHead(100_000) + 'x'.repeat(REQUEST_BUFFER_BYTES + 1));
    await until(() => client.text().includes('request_timeout'));
    expect(client.text()).toContain('HTTP/1.1 408');
    client.socket.destroy();
    expect(gateway.releases).toEqual(['unknown']);
  });
});

describe('an answer that does not wait for the body', () => {
  it.each(['keep-alive', 'close'])('reaches the client that is still sending: connection %s', async (connection) => {
    const replica = await startReplica('api-1', (_req, res) => void res.writeHead(413, { connection }).end('too much'));
    const gateway = await startGateway([replica]);
    for (let i = 0; i < 50; i += 1) {
      const reply = await ask(gateway.port, '/api/values/a', { method: 'PUT', body: Buffer.alloc(2_000_000) });
      expect(reply).toMatchObject({ status: 413, body: 'too much' });
    }
  });
});

describe('a request that cannot be passed on', () => {
  it('answers 400 to a request line that cannot be passed on', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica]);
    const { text } = await rawAnswer(gateway.port, 'GET /api/\u0001 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(text).toContain('HTTP/1.1 400');
    expect(replica.seen).toHaveLength(0);
  });
});
