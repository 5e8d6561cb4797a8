import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { UnrecoverableError } from 'bullmq';
import type { Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, flaky, openings, ownNamespace } from './servers.ts';

const fails = () => Promise.reject(new UnrecoverableError('no'));

describeWith('REDIS_URL', 'dead letters', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let admin: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    await admin.ready();
    jobs = open({ namespace });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
  const enter = (queue: 'demo' | 'flaky', atMs: number, ...ids: string[]) =>
    admin.client.zadd(`{${namespace}:${queue}}:ledger:dead-letters`, ...ids.flatMap((id) => [atMs, `j-${id}`]));

  async function walk(limit: number, owner?: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await jobs.deadLetters({ limit, cursor, owner });
      pages.push(page.jobs.map(({ job }) => job.id));
      if (page.nextCursor === undefined) return pages;
      cursor = page.nextCursor;
    }
  }

  it('are listed a page at a time, newest first, of one owner or of all', async () => {
    jobs.consume(demo, fails);
    jobs.consume(flaky, fails);
    for (const id of ['a', 'b', 'c', 'e'])
      await jobs.enqueue(demo, { job: id }, { id, owner: id === 'a' || id === 'e' ? 'me' : 'other' });
    await jobs.enqueue(flaky, {}, { id: 'd' });
    const failed = async () => Object.values(await jobs.counts()).reduce((sum, counts) => sum + counts.failed, 0);
    await until(async () => (await failed()) === 5, WITHIN_MS);
    const now = Date.now();
    await enter('demo', now, 'a', 'b', 'c');
    await enter('flaky', now, 'd');
    // Those that are not there take no place, and there are more of them than a call looks at.
    await enter('demo', now + 1, ...Array.from({ length: 15 }, (_none, n) => `gone-${n}`));
    await enter('demo', now + 2, 'e');

    // Those of one time in any order, but the same one for pages of any length.
    const [all = []] = await walk(50);
    expect(all[0]).toBe('demo.e');
    expect(all.toSorted()).toEqual(['demo.a', 'demo.b', 'demo.c', 'demo.e', 'flaky.d']);
    expect(await walk(3)).toEqual([all.slice(0, 3), all.slice(3)]);
    const one = await walk(1);
    expect(one.flat()).toEqual(all);
    expect(one).toContainEqual([]);
    expect((await walk(2, 'me')).flat()).toEqual(['demo.e', 'demo.a']);
    expect((await walk(2, 'nobody')).flat()).toEqual([]);
    await expect(jobs.deadLetters({ limit: 1, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('is put back once for an idempotency token, also where it has failed again', async () => {
    const failAgain = async (id: string) => {
      const consumer = jobs.consume(demo, fails);
      await until(async () => (await stateOf(id)) === 'failed', WITHIN_MS);
      await consumer.close(1_000);
    };
    const { id } = await jobs.enqueue(demo, { job: 'x' });
    await failAgain(id);
    await jobs.retry(id, { idempotencyToken: 'one' });
    expect(await stateOf(id)).toBe('waiting');
    await jobs.retry(id, { idempotencyToken: 'one' });
    await expect(jobs.retry(id)).rejects.toMatchObject({ code: 'job_not_failed' });
    await expect(jobs.retry(id, { idempotencyToken: 'two' })).rejects.toMatchObject({ code: 'job_not_failed' });
    await failAgain(id);
    await jobs.retry(id, { idempotencyToken: 'one' });
    expect(await stateOf(id)).toBe('failed');
    await jobs.retry(id, { idempotencyToken: 'two' });
    expect(await stateOf(id)).toBe('waiting');
    await expect(jobs.retry(id, { idempotencyToken: '' })).rejects.toMatchObject({ code: 'invalid_idempotency_token' });
  });
});
