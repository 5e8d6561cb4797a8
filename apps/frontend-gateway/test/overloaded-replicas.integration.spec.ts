import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { ask, until } from './fleet/ask.ts';
import { load } from './fleet/load.ts';
import { opened } from './fleet/opened.ts';
import { askRaw, get, openRawClient, UPGRADE } from './fleet/raw-client.ts';
import { echo, refusingAddress, type Replica } from './fleet/replica.ts';

const { replica: startReplica, rawReplica: startRawReplica, gateway: startGateway } = opened();

/** Takes the body in, if any, as a replica does that answers early. */
const refuse =
  (retryAfterS: number): RequestListener =>
  (request, response) => {
    request.resume();
    const headers = { 'retry-after': String(retryAfterS), 'content-type': 'application/problem+json' };
    response.writeHead(503, { ...headers, 'x-overloaded': 'true' }).end('{"code":"overloaded"}');
  };
const full = (name: string, retryAfterS = 1) => startReplica(name, refuse(retryAfterS));
const well = (name: string) => startReplica(name, echo);
const seenBy = (...replicas: Replica[]): number[] => replicas.map(({ seen }) => seen.length);

const inTurn = { UPSTREAM_BALANCER: 'round-robin' };

describe('a replica that is full', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE'])('has its %s done by another one, on any route', async (method) => {
    const [one, other] = [await full('api-1', 0), await well('api-2')];
    const gateway = await startGateway([one, other], inTurn);
    const replies = [];
    // As many retries as there may be with next to no traffic.
    for (let at = 0; at < 3; at += 1) replies.push(await ask(gateway.port, '/api/', { method }));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(replies.map(({ headers }) => headers['x-served-by'])).toEqual(replies.map(() => 'api-2'));
    expect(other.seen).toHaveLength(3);
    expect(one.seen.length).toBeGreaterThan(1);
    expect(gateway.releases.filter((outcome) => outcome === 'overloaded')).toHaveLength(one.seen.length);
    // The rest of its answers was read: the next request went over the same connection.
    expect(one.connections).toHaveLength(1);
    expect(gateway.members().map(({ why, inFlight }) => [why, inFlight])).toEqual([
      [undefined, 0],
      [undefined, 0],
    ]);
  });

  it('loses the connection over which the rest of its answer does not come', async () => {
    const stuck = await startReplica('api-1', (_request, response) => {
      response.writeHead(503, { 'x-overloaded': 'true', 'content-length': 100 }).write('{');
    });
    const gateway = await startGateway([stuck, await well('api-2')], inTurn);
    for (let at = 0; at < 2; at += 1) expect((await ask(gateway.port, '/api/')).status).toBe(200);
    expect(stuck.connections.length).toBeGreaterThan(0);
    await until(() => stuck.connections.every(({ destroyed }) => destroyed));
  });

  it('has its answer passed on as it is, where all are full: each further attempt would be one more to refuse', async () => {
    const replicas = [await full('api-1'), await full('api-2'), await full('api-3')];
    const gateway = await startGateway(replicas);
    const first = await ask(gateway.port, '/api/whoami');
    expect(first).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'x-overloaded': 'true' },
      body: '{"code":"overloaded"}',
    });
    expect(seenBy(...replicas)).toEqual([1, 1, 1]);
    for (let at = 0; at < 9; at += 1) expect((await ask(gateway.port, '/api/whoami')).status).toBe(503);
    const attempts = seenBy(...replicas).reduce((sum, each) => sum + each, 0);
    expect(attempts).toBe(3 + 9);
    expect(gateway.releases).toEqual(Array.from({ length: attempts }, () => 'overloaded'));
    expect(gateway.members().map(({ why }) => why)).toEqual([undefined, undefined, undefined]);
  });

  it.each(['GET', 'POST'])('beside a dead one is what the client of a %s hears of', async (method) => {
    const gateway = await startGateway([await full('api-1', 0), await refusingAddress()], inTurn);
    for (let at = 0; at < 6; at += 1) {
      const { status, headers, body } = await ask(gateway.port, '/api/', { method });
      expect([status, headers['x-overloaded'], headers['retry-after']]).toEqual([503, 'true', expect.any(String)]);
      expect(JSON.parse(body)).toMatchObject({ code: 'overloaded' });
    }
  });

  it('has its answer passed on where a body was begun, which is not there for another one', async () => {
    const [one, other] = [await full('api-1'), await full('api-2')];
    const gateway = await startGateway([one, other], inTurn);
    const reply = await ask(gateway.port, '/api/jobs', { method: 'POST', body: 'x'.repeat(100_000) });
    expect([reply.status, reply.headers['x-overloaded']]).toEqual([503, 'true']);
    expect([...one.seen, ...other.seen]).toHaveLength(1);
  });

  it('has less of the traffic while it says so', async () => {
    const replicas = [await well('api-1'), await well('api-2')];
    const one = await full('api-3');
    const gateway = await startGateway([...replicas, one]);
    const replies = await load(gateway.port, '/api/', { perSecond: 100, forMs: 1_500 });
    expect(one.seen.length).toBeGreaterThan(0);
    expect(one.seen.length / replies.length).toBeLessThan(0.2);
  });
});

const SWITCHED = 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n';
const FULL = 'HTTP/1.1 503 X\r\nx-overloaded: true\r\nretry-after: 0\r\ncontent-length: 4\r\n\r\n';
const switching = () => startRawReplica((socket) => void socket.on('end', () => socket.end()).write(SWITCHED));
/** The rest of its answer never comes. */
const fullForUpgrades = () => startRawReplica((socket) => void socket.write(FULL));

const deadlineOf = (head = ''): number => Number(/x-deadline-ms: (\d+)/.exec(head)?.[1]);

describe('a replica that is full for an upgrade', () => {
  it('has it taken by another one, and loses the connection', async () => {
    const [one, other] = [await fullForUpgrades(), await switching()];
    const gateway = await startGateway([one, other], inTurn);
    for (let at = 1; at <= 3; at += 1) {
      const client = openRawClient(gateway.port, get('/api/chat', UPGRADE));
      await until(() => client.text().includes('\r\n\r\n'));
      expect(client.text()).toContain('HTTP/1.1 101 ');
      expect(other.heads).toHaveLength(at);
      client.socket.destroy();
    }
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === gateway.picks.length);
    expect(one.heads.length).toBeGreaterThan(1);
    expect(gateway.releases.filter((outcome) => outcome === 'overloaded')).toHaveLength(one.heads.length);
    expect(gateway.members().map(({ why, inFlight }) => [why, inFlight])).toEqual([
      [undefined, 0],
      [undefined, 0],
    ]);
    await until(() => one.sockets.every(({ readableEnded, destroyed }) => readableEnded || destroyed));
    expect(gateway.slots.upgrades.exhausted.size).toBe(0);
  });

  it('has it taken by another one with what is left of its deadline', async () => {
    const spentMs = 50;
    const slow = await startRawReplica((socket) => {
      const beganMs = performance.now();
      void until(() => performance.now() - beganMs > spentMs).then(() => socket.write(FULL));
    });
    const other = await switching();
    const gateway = await startGateway([slow, other], inTurn);
    while (slow.heads.length === 0) {
      const client = openRawClient(gateway.port, get('/api/chat', `${UPGRADE}x-deadline-ms: 9000\r\n`));
      await until(() => client.text().includes('\r\n\r\n'));
      client.socket.destroy();
    }
    const [before, after] = [deadlineOf(slow.heads.at(-1)), deadlineOf(other.heads.at(-1))];
    expect(before).toBeGreaterThan(9_000 - spentMs);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(before - spentMs);
  });

  it('has its answer passed on as it is, where all are full', async () => {
    const replicas = [];
    for (let at = 0; at < 3; at += 1)
      replicas.push(await startRawReplica((socket) => void socket.write(`${FULL}full`)));
    const gateway = await startGateway(replicas);
    const reply = await askRaw(gateway.port, get('/api/chat', UPGRADE));
    expect(reply).toMatch(/^HTTP\/1\.1 503 X\r\n[^]*x-overloaded: true\r\n[^]*\r\n\r\nfull$/);
    expect(replicas.map(({ heads }) => heads.length)).toEqual([1, 1, 1]);
    expect(gateway.releases).toEqual(['overloaded', 'overloaded', 'overloaded']);
  });

  it('beside a dead one is what its client hears of, whichever was asked first', async () => {
    const orders = new Set<boolean>();
    while (orders.size < 2) {
      const one = await startRawReplica((socket) => void socket.write(`${FULL}full`));
      const gateway = await startGateway([one, await refusingAddress()], inTurn);
      const reply = await askRaw(gateway.port, get('/api/chat', UPGRADE));
      const isFullFirst = gateway.picks[0] === one.address;
      expect(reply).toContain('x-overloaded: true\r\n');
      const own = /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*"code":"overloaded"/;
      expect(reply).toMatch(isFullFirst ? own : /^HTTP\/1\.1 503 X\r\n[^]*\r\n\r\nfull$/);
      orders.add(isFullFirst);
    }
  });
});
