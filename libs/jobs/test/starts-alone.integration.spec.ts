import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { createIORedisClient } from 'bullmq';
import { boundsOf } from '../src/bounds.ts';
import { queueKeys } from '../src/bullmq/keys.ts';
import { type Lease, workerScripts, type WorkerScripts } from '../src/bullmq/worker-scripts.ts';
import { describeWith, ownNamespace } from './servers.ts';

const lease = (token: string, starts: number): Lease => ({ bullId: 'j-x', token, starts, attemptsEnded: 0 });

describeWith('REDIS_URL', 'starts of a job alone', () => {
  let admin: RedisConnection;
  let hash: string;
  let scripts: WorkerScripts;

  beforeEach(async () => {
    const namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    await admin.ready();
    const keys = queueKeys(namespace, 'one');
    hash = keys.job('x');
    scripts = workerScripts(createIORedisClient(admin.client), keys, 60_000, boundsOf({ name: 'one' }));
    await admin.client.hset(hash, 'stc', 1);
    await hold('a');
  });
  afterEach(() => admin?.close());

  const names = () => admin.client.hget(hash, 'nf:alone-by');
  const hold = (token: string) => admin.client.set(`${hash}:lock`, token, 'PX', 60_000);

  it('count once, however often they are sent', async () => {
    for (let n = 0; n < 3; n += 1) expect(await scripts.beginAlone(lease('a', 1), 1)).toBe('run');
    expect(await names()).toBe('a:1');
    for (let n = 0; n < 3; n += 1) await scripts.endAlone(lease('a', 1), 'released');
    expect([await names(), await admin.client.hget(hash, 'stc')]).toEqual([null, '1']);
    // The same worker may have it again under the same token.
    expect(await scripts.beginAlone(lease('a', 2), 1)).toBe('run');
    await hold('b');
    for (let n = 0; n < 2; n += 1) expect(await scripts.beginAlone(lease('b', 3), 1)).toBe('dead');
    expect(await names()).toBe('a:2');
  });

  it('goes back for another worker as often as is allowed, over workers, and counts anew from its next start', async () => {
    expect(await scripts.countPutOff(lease('a', 1), 2)).toBe('put-off');
    expect(await scripts.countPutOff(lease('b', 1), 2)).toBe('taken');
    await hold('b');
    expect(await scripts.countPutOff(lease('b', 2), 2)).toBe('put-off');
    for (let n = 0; n < 2; n += 1) expect(await scripts.countPutOff(lease('b', 2), 2)).toBe('stay');
    await scripts.beginAlone(lease('b', 2), 3);
    expect(await scripts.countPutOff(lease('b', 2), 2)).toBe('put-off');
  });

  it('count as no death when their worker lost the job and lives', async () => {
    await scripts.beginAlone(lease('a', 1), 2);
    await hold('b');
    expect(await scripts.beginAlone(lease('a', 1), 2)).toBe('taken');
    expect(await scripts.beginAlone(lease('b', 2), 2)).toBe('run');
    expect(await names()).toBe('a:1 b:2');
    await scripts.endAlone(lease('a', 1), 'ended');
    expect(await names()).toBe('b:2');
    await scripts.endAlone(lease('b', 2), 'ended');
    expect(await names()).toBeNull();
  });
});
