import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type Commands, createCommands } from '../src/bullmq/commands.ts';
import { type QueueKeys, queueKeys } from '../src/bullmq/keys.ts';
import { demo, describeWith, openings, ownNamespace } from './servers.ts';

describeWith('REDIS_URL', 'what a consumer could take', () => {
  const { open, closeAll } = openings();
  let admin: RedisConnection;
  let commands: Commands;
  let keys: QueueKeys;

  beforeEach(async () => {
    const namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    const jobs = open({ namespace });
    await Promise.all([admin.ready(), jobs.ready()]);
    commands = createCommands(admin);
    keys = queueKeys(namespace, demo.name);
    for (const job of ['a', 'b']) await jobs.enqueue(demo, { job });
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  it('are the jobs that wait', async () => {
    expect(await commands.takeable(keys)).toBe(2);
  });

  // As BullMQ has it.
  it.each(['paused', 'concurrency', 'max'])('is nothing that is known of a queue with `%s`', async (setting) => {
    await admin.client.hset(keys.meta, setting, 1);
    expect(await commands.takeable(keys)).toBe(0);
  });
});
