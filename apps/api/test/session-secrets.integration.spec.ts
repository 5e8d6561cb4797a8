import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { linkTo, type RedisLink } from './redis-link.ts';
import { type Replica, open, opsToken, ownNamespace, redisUrl, withRedis } from './replica.ts';
import { Visitor, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);

/** What Redis replies to one command, said as somebody else would who shares it. */
async function tellRedis(...words: string[]): Promise<string> {
  const { hostname, port } = new URL(redisUrl ?? '');
  const socket = connect(Number(port), hostname);
  socket.end(`${words.join(' ')}\r\nQUIT\r\n`);
  return text(socket);
}

withRedis('the secret id of a session', () => {
  const namespace = ownNamespace();
  const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: namespace, SESSION_KEYS: KEY };
  const lines: string[] = [];
  let link: RedisLink;
  let replica: Replica;
  let cut: Replica;
  beforeAll(async () => {
    link = await linkTo(redisUrl ?? '');
    replica = await open(environment, 'api-1', (line) => lines.push(line));
    cut = await open({ ...environment, REDIS_URL: link.url }, 'api-2', (line) => lines.push(line));
  });
  afterAll(async () => {
    await replica?.close();
    await cut?.close();
    await link?.close();
  });

  const keyOf = async (id: string): Promise<string> =>
    /\S+:session:\S+/.exec(await tellRedis('KEYS', `${namespace}:*:session:${id}`))?.[0] ?? '';

  it('is in no log line of any level, no problem, no answer and no metric, whatever goes wrong', async () => {
    const ann = new Visitor();
    const secrets = new Set<string>();
    const bodies: string[] = [];
    const remember = () => {
      if (ann.sid === undefined) return;
      for (const secret of [ann.id, ann.sid, encodeURIComponent(ann.sid)]) secrets.add(secret);
    };
    const ask = async (on: Replica, url: string, more: Parameters<Visitor['ask']>[2] = {}): Promise<number> => {
      remember();
      const answer = await ann.ask(on, url, more);
      remember();
      bodies.push(answer.body);
      return answer.statusCode;
    };
    const statuses = [
      await ask(replica, '/'),
      await ask(replica, '/'),
      await ask(replica, '/session', { method: 'POST' }),
      await ask(replica, '/session', { method: 'PATCH', payload: { fields: { a: 1 } } }),
      await ask(replica, '/session', { method: 'PATCH', payload: { fields: { a: 'x'.repeat(17_000) } } }),
      await ask(replica, '/session', { method: 'PATCH', payload: { fields: 1 } }),
      await ask(replica, '/session', {
        method: 'PATCH',
        payload: { fields: { a: 1 } },
        headers: { 'if-match': '"1.0"' },
      }),
      await ask(replica, '/session', { headers: { 'if-match': 'x' } }),
      await ask(replica, '/session/rotate', { method: 'POST' }),
      await ask(replica, '/jobs', { method: 'POST', payload: { name: 'demo', payload: { job: 'x' } } }),
      await ask(replica, '/jobs'),
      await ask(replica, '/none'),
      await ask(replica, '/healthz', { headers: { authorization: `Bearer ${opsToken}` } }),
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 400, 400, 412, 400, 200, 202, 200, 404, 200]);

    link.hang();
    expect(await ask(cut, '/')).toBe(503);
    link.cut();
    expect(await ask(cut, '/session')).toBe(503);

    // Somebody who shares this Redis writes over the session, so that each step on it fails with an error of Redis.
    const key = await keyOf(ann.id);
    expect(key).toContain(ann.id);
    await tellRedis('SET', key, 'x');
    for (const [url, method] of [
      ['/', 'GET'],
      ['/session', 'GET'],
      ['/session/rotate', 'POST'],
    ] as const) {
      expect(await ask(replica, url, { method })).toBeGreaterThanOrEqual(400);
    }
    await tellRedis('DEL', key);
    await tellRedis('HSET', key, 'until', 'x', 'version', '1');
    expect(await ask(replica, '/session')).toBe(503);
    expect(await ask(replica, '/session', { method: 'PATCH', payload: { fields: { a: 2 } } })).toBe(503);
    await tellRedis('DEL', key);
    expect(await ask(replica, '/session', { method: 'DELETE' })).toBe(204);

    expect(secrets.size).toBeGreaterThanOrEqual(4);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.join('')).toContain('redis.unknown_reply');
    expect(bodies.join('')).toContain('"status":503');
    const metrics = await replica.metrics.registry.metrics();
    expect(metrics).toContain('route="/session"');
    for (const secret of secrets) {
      expect(lines.filter((line) => line.includes(secret))).toEqual([]);
      expect(bodies.filter((body) => body.includes(secret))).toEqual([]);
      expect(metrics).not.toContain(secret);
    }
  });

  it('is not told by what is shown, and what Redis holds is no cookie without the key that signs', async () => {
    const ann = new Visitor();
    const { session_id: publicId } = await ann.visit(replica);
    const key = await keyOf(ann.id);
    expect(key).not.toContain(publicId);
    expect(await tellRedis('HGETALL', key)).not.toContain(publicId);
    expect(await tellRedis('HGETALL', key)).not.toContain(ann.id);
    for (const sid of [ann.id, publicId, signed(publicId.slice(0, 22), KEY), key]) {
      expect((await new Visitor(sid).ask(replica, '/session')).statusCode).toBe(404);
    }
  });
});
