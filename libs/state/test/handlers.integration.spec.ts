import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { bundle } from './bundle.ts';
import { killAll, type Replica, startReplica } from './replica.ts';
import { describeWith, ownNamespace, WITHIN_MS } from './servers.ts';

const CLAIM_MS = 5_000;
const ENDED_MS = 60_000;
const TIMEOUT_MS = 180_000;

describeWith('NESTFLEET_REDIS_SERVER', 'handlers of two replicas', () => {
  let bundled: Awaited<ReturnType<typeof bundle>>;
  let server: RedisServer;
  let namespace: string;
  const replicas: Replica[] = [];

  beforeAll(async () => {
    bundled = await bundle('handlers-holder.ts');
  }, 60_000);
  afterAll(() => bundled?.remove());
  beforeEach(async () => {
    server = await startRedisServer();
    namespace = ownNamespace();
  });
  afterEach(async () => {
    killAll(replicas);
    await server.stop();
  });

  async function start(platform: string) {
    const replica = startReplica(bundled.program, [server.url, namespace, platform], replicas);
    const url = await replica.said('listens');
    const post = async (path: string, key?: string) => {
      const headers = key === undefined ? {} : { 'idempotency-key': key };
      const answer = await fetch(`${url}/${path}`, { method: 'POST', headers });
      const body = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, body, replayed: answer.headers.get('idempotency-replayed') };
    };
    return { ...replica, post };
  }
  const both = async () => [await start('express'), await start('fastify')] as const;

  it(
    '@Idempotent(): a retry begins nothing beside a handler, however long that takes',
    async () => {
      const [one, two] = await both();
      const key = randomUUID();
      const first = one.post('pay', key);
      await one.said('begins');
      const endMs = performance.now() + CLAIM_MS + 1_500;
      while (performance.now() < endMs)
        expect((await two.post('pay', key)).body).toMatchObject({ errorCode: 'idempotency_in_flight' });
      one.tell('go');
      const paid = await first;
      expect(paid).toEqual({ status: 201, body: { paidBy: one.child.pid }, replayed: null });
      expect(await two.post('pay', key)).toEqual({ ...paid, replayed: 'true' });
      expect(two.lines).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['express', 'fastify'],
    ['fastify', 'express'],
  ])(
    '@Idempotent(): what died with its replica on %s is done by the next one, with the same token',
    async (a, b) => {
      const [one, two] = [await start(a), await start(b)];
      const key = randomUUID();
      const lost = one.post('pay', key).catch(() => 'lost');
      const token = await one.said('begins');
      one.child.kill('SIGKILL');
      expect(await lost).toBe('lost');
      // 409 until its claim is over.
      const next = until(async () => {
        const answer = await two.post('pay', key);
        return answer.status !== 409 && answer;
      }, ENDED_MS);
      expect(await two.said('begins')).toBe(token);
      two.tell('go');
      expect(await next).toEqual({ status: 201, body: { paidBy: two.child.pid }, replayed: null });
    },
    TIMEOUT_MS,
  );

  it(
    '@Idempotent(): the late response of a replica that was paused replaces nobody’s',
    async () => {
      const [one, two] = await both();
      const key = randomUUID();
      const late = one.post('pay', key);
      await one.said('begins');
      one.child.kill('SIGSTOP');
      const next = until(async () => {
        const answer = await two.post('pay', key);
        return answer.status !== 409 && answer;
      }, ENDED_MS);
      await two.said('begins');
      two.tell('go');
      const paid = await next;
      one.child.kill('SIGCONT');
      one.tell('go');
      expect((await late).body).toEqual({ paidBy: one.child.pid });
      expect(await one.post('pay', key)).toEqual({ ...paid, replayed: 'true' });
    },
    TIMEOUT_MS,
  );

  it(
    '@Idempotent(): a response is stored although Redis lost the claim meanwhile',
    async () => {
      const [one, two] = await both();
      const key = randomUUID();
      const first = one.post('pay', key);
      await one.said('begins');
      const { port } = server;
      await server.kill();
      server = await startRedisServer({ port });
      await Promise.all(
        [one, two].map(({ post }) => until(async () => (await post('ping')).status === 201, WITHIN_MS)),
      );
      one.tell('go');
      const { body } = await first;
      expect(await two.post('pay', key)).toEqual({ status: 201, body, replayed: 'true' });
    },
    TIMEOUT_MS,
  );

  it(
    '@Exclusive(): of a replica that died another one takes over, with a higher fencing token',
    async () => {
      const [one, two] = await both();
      const lost = one.post('settle').catch(() => 'lost');
      const token = Number(await one.said('settles'));
      expect((await two.post('settle')).body).toMatchObject({ statusCode: 409, errorCode: 'lease_held' });
      one.child.kill('SIGKILL');
      await lost;
      const next = until(async () => {
        const answer = await two.post('settle');
        return answer.status === 201 && answer;
      }, ENDED_MS);
      expect(Number(await two.said('settles'))).toBeGreaterThan(token);
      two.tell('go');
      expect((await next).body).toEqual({ settledBy: two.child.pid });
    },
    TIMEOUT_MS,
  );

  it(
    '@Exclusive(): a replica that was paused is told that it lost its lease, and its client too',
    async () => {
      const [one, two] = await both();
      const late = one.post('settle');
      const token = Number(await one.said('settles'));
      one.child.kill('SIGSTOP');
      const next = until(async () => {
        const answer = await two.post('settle');
        return answer.status === 201 && answer;
      }, ENDED_MS);
      expect(Number(await two.said('settles'))).toBeGreaterThan(token);
      one.child.kill('SIGCONT');
      await one.said('aborted');
      one.tell('go');
      expect(await late).toMatchObject({ status: 503, body: { errorCode: 'lease_lost' } });
      two.tell('go');
      expect((await next).status).toBe(201);
    },
    TIMEOUT_MS,
  );

  it('@Exclusive(): who loses its Redis is told so by its own clock', async () => {
    const one = await start('express');
    const late = one.post('settle');
    await one.said('settles');
    await server.kill();
    await one.said('aborted');
    one.tell('go');
    expect((await late).body).toMatchObject({ errorCode: 'lease_lost' });
  });
});
