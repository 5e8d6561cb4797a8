import { luaScript, type RedisConnection } from '@nestfleet/redis';
import { z } from 'zod';
import type { DeadLetters } from '../dead-letters.ts';
import { JobsError } from '../errors.ts';
import { parseJobId, publicJobId } from '../job-id.ts';
import type { Ledger } from '../ledger.ts';
import { LUA } from '../lua.generated.ts';
import type { Commands } from './commands.ts';
import { bullId, ownId } from './keys.ts';
import type { QueueSet } from './queue-set.ts';

const retryJob = luaScript('retry-job', LUA['retry-job']);
const retryReply = z.enum(['waiting', 'missing', 'other']);

export function createDeadLetters(
  queues: QueueSet,
  commands: Commands,
  { redis, find }: { readonly redis: RedisConnection; readonly find: Ledger['find'] },
): DeadLetters {
  return {
    async deadLetters(limit) {
      const found = await commands.run({ idempotent: true, what: 'Dead letters' }, () =>
        Promise.all(
          queues.all.map(async ({ queue, keys }) => {
            const newest = await commands.newest(keys.deadLetters, limit);
            return newest.map(({ member, atMs }) => ({
              id: publicJobId({ queue: queue.name, id: ownId(member) }),
              atMs,
            }));
          }),
        ),
      );
      const newest = found
        .flat()
        .toSorted((a, b) => b.atMs - a.atMs)
        .slice(0, limit);
      const records = await Promise.all(newest.map(({ id }) => find(id)));
      // Entered before BullMQ moves it: one that is not failed yet is none yet.
      return records.flatMap((record) => (record?.job.state === 'failed' ? [record] : []));
    },
    async retry(publicId) {
      const address = parseJobId(publicId);
      const entry = address && queues.find(address.queue);
      if (!address || !entry) throw new JobsError('job_not_found', `There is no job ${publicId}`);
      const { keys, queue } = entry;
      const places = [keys.failed, keys.wait, keys.marker, keys.deadLetters, keys.events];
      const touched = [keys.job(address.id), ...places, keys.prioritized, keys.priorityCounter];
      const reply = await commands.run(
        { idempotent: false, what: `Retry of ${publicId}`, key: keys.job(address.id) },
        () => retryJob.run(redis.client, touched, [bullId(address.id), queue.bounds.eventsMax]),
      );
      switch (retryReply.parse(reply)) {
        case 'waiting':
          return;
        case 'missing':
          throw new JobsError('job_not_found', `There is no job ${publicId}`);
        case 'other':
          throw new JobsError('job_not_failed', `Job ${publicId} has not failed`);
      }
    },
  };
}
