import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { connectRedis } from '../src/index.ts';
import { startRedisServer } from '../src/testing.ts';
import { WITHIN_MS, describeWith, ownNamespace, endOf } from './servers.ts';

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describeWith('NESTFLEET_REDIS_SERVER', 'startRedisServer', () => {
  it('runs several side by side and leaves nothing behind', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => startRedisServer()));
    expect(new Set(servers.map(({ port }) => port)).size).toBe(4);
    await Promise.all(servers.map((server) => server.stop()));
    for (const { pid, dir } of servers) {
      expect(alive(pid)).toBe(false);
      await expect(stat(dir)).rejects.toThrow('ENOENT');
    }
  });

  it('keeps a given directory, so that data survive', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nestfleet-kept-'));
    const first = await startRedisServer({ dir, appendonly: true, appendfsync: 'always' });
    const writer = connectRedis({ url: first.url, namespace: ownNamespace() });
    await writer.ready();
    await writer.run((redis) => redis.set('k', 'kept'));
    await first.kill();
    const second = await startRedisServer({ dir, port: first.port, appendonly: true });
    const reader = connectRedis({ url: second.url, namespace: ownNamespace() });
    await reader.ready();
    await expect(reader.run((redis) => redis.get('k'))).resolves.toBe('kept');
    await expect(reader.run((redis) => redis.config('GET', 'maxmemory-policy'))).resolves.toContain('noeviction');
    await Promise.all([writer.close(), reader.close()]);
    await second.stop();
    await rm(dir, { recursive: true });
  });

  it('reports by the output of the server why it could not start', async () => {
    const first = await startRedisServer();
    expect((await endOf(startRedisServer({ port: first.port }))).error).toMatchObject({
      message: expect.stringMatching(/ended at once[\s\S]*Address already in use/),
    });
    await first.stop();
    expect((await endOf(startRedisServer({ binary: '/nowhere/redis-server' }))).error).toMatchObject({
      message: expect.stringMatching(/ENOENT[\s\S]*Install redis-server/),
    });
    expect((await endOf(startRedisServer({ settings: { maxmemory: 'much' } }))).error).toMatchObject({
      message: expect.stringContaining('maxmemory'),
    });
  });

  it('stops a server that hangs', async () => {
    const server = await startRedisServer();
    process.kill(server.pid, 'SIGSTOP');
    await server.stop();
    expect(alive(server.pid)).toBe(false);
  });

  it('does not outlive a process that is killed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nestfleet-kept-'));
    const owner = fork(`${import.meta.dirname}/server-holder.ts`, [dir], { execArgv: ['--no-warnings'] });
    const [pid] = (await once(owner, 'message')) as [number];
    try {
      expect(alive(pid)).toBe(true);
      owner.kill('SIGKILL');
      await until(() => !alive(pid), WITHIN_MS);
    } finally {
      if (alive(pid)) process.kill(pid, 'SIGKILL');
      await rm(dir, { recursive: true, maxRetries: 5, retryDelay: 50 });
    }
  });
});
