import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type Commands, createCommands } from '../src/bullmq/commands.ts';
import { type QueueKeys, queueKeys } from '../src/bullmq/keys.ts';
import { until } from '@nestfleet/timing';
import { demo, describeWith, openings, ownNamespace, WITHIN_MS } from './servers.ts';

describeWith('REDIS_URL', 'what a consumer could take', () => {
  const { open, closeAll } = openings();
  let admin: RedisConnection;
  let commands: Commands;
  let keys: QueueKeys;
  let enqueue: (delayMs: number) => Promise<unknown>;

  beforeEach(async () => {
    const namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    const jobs = open({ namespace });
    await Promise.all([admin.ready(), jobs.ready()]);
    commands = createCommands(admin);
    keys = queueKeys(namespace, demo.name);
    enqueue = (delayMs) => jobs.enqueue(demo, { job: 'later' }, { delayMs });
    for (const job of ['a', 'b']) await jobs.enqueue(demo, { job });
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  it('are the jobs that wait', async () => {
    expect(await commands.takeable(keys)).toBe(2);
  });

  it('are delayed ones once their time has come', async () => {
    await enqueue(3_600_000);
    expect(await commands.takeable(keys)).toBe(2);
    await enqueue(1);
    expect(await until(async () => (await commands.takeable(keys)) === 3, WITHIN_MS)).toBe(true);
  });

  // As BullMQ has it.
  it.each(['paused', 'concurrency', 'max'])('is nothing that is known of a queue with `%s`', async (setting) => {
    await admin.client.hset(keys.meta, setting, 1);
    expect(await commands.takeable(keys)).toBe(0);
  });
});
