import { luaScript, type RedisConnection } from '@nestfleet/redis';
import { z } from 'zod';
import type { DeadLetters } from '../dead-letters.ts';
import { JobsError } from '../errors.ts';
import { parseJobId, publicJobId } from '../job-id.ts';
import type { JobRecord, Ledger } from '../ledger.ts';
import { LUA } from '../lua.generated.ts';
import type { Commands } from './commands.ts';
import { bullId, ownId } from './keys.ts';
import type { QueueEntry, QueueSet } from './queue-set.ts';

const retryJob = luaScript('retry-job', LUA['retry-job']);
interface DeadLetter {
  readonly record: JobRecord;
  readonly atMs: number;
}

const retryReply = z.enum(['waiting', 'missing', 'other']);

export function createDeadLetters(
  queues: QueueSet,
  commands: Commands,
  { redis, find }: { readonly redis: RedisConnection; readonly find: Ledger['find'] },
): DeadLetters {
  /** Entered before BullMQ moves it: one that has not failed yet is none yet, and takes no place of another one. */
  async function newestOf({ queue, keys }: QueueEntry, limit: number): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let from = 0; letters.length < limit; from += limit) {
      const entered = await commands.run({ idempotent: true, what: 'Dead letters', key: keys.deadLetters }, () =>
        commands.newest(keys.deadLetters, limit, from),
      );
      const records = await Promise.all(
        entered.map(async ({ member, atMs }) => {
          const record = await find(publicJobId({ queue: queue.name, id: ownId(member) }));
          return record?.job.state === 'failed' ? [{ record, atMs }] : [];
        }),
      );
      letters.push(...records.flat());
      if (entered.length < limit) break;
    }
    return letters;
  }

  return {
    async deadLetters(limit) {
      const found = await Promise.all(queues.all.map((entry) => newestOf(entry, limit)));
      return found
        .flat()
        .toSorted((a, b) => b.atMs - a.atMs)
        .slice(0, limit)
        .map(({ record }) => record);
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
