import { luaScript, type RedisConnection } from '@nestfleet/redis';
import { z } from 'zod';
import { byPlace, decodeCursor, encodeCursor, type LetterPlace, markOf } from '../dead-letter-cursor.ts';
import type { DeadLetters } from '../dead-letters.ts';
import { JobsError } from '../errors.ts';
import { tokenRecord } from '../idempotency-token.ts';
import { parseJobId, publicJobId } from '../job-id.ts';
import type { JobRecord, Ledger } from '../ledger.ts';
import { LUA } from '../lua.generated.ts';
import type { Commands } from './commands.ts';
import { bullId, ownId } from './keys.ts';
import type { QueueEntry, QueueSet } from './queue-set.ts';

const retryJob = luaScript('retry-job', LUA['retry-job']);

const retryReply = z.enum(['waiting', 'missing', 'expired', 'other']);
/** Before the newest. */
const NEWEST: LetterPlace = { atMs: Infinity, mark: '' };
/** Times that as many are looked at as a page holds: not all that were entered may be shown. */
const LOOKS_MAX = 10;

interface Letter extends LetterPlace {
  /** `<queue>.<id>`. */
  readonly id: string;
}

export function createDeadLetters(
  queues: QueueSet,
  commands: Commands,
  { redis, find }: { readonly redis: RedisConnection; readonly find: Ledger['find'] },
): DeadLetters {
  /** Those of one queue behind a place. */
  async function enteredIn({ queue, keys }: QueueEntry, after: LetterPlace, limit: number): Promise<Letter[]> {
    const found: Letter[] = [];
    for (let from = 0; ; from += limit) {
      const page = await commands.run({ idempotent: true, what: 'Dead letters', key: keys.deadLetters }, () =>
        commands.newest(keys.deadLetters, limit, { from, atMostMs: after.atMs }),
      );
      const letters = page.map(({ member, atMs }) => {
        const id = publicJobId({ queue: queue.name, id: ownId(member) });
        return { atMs, id, mark: markOf(id) };
      });
      found.push(...letters.filter((letter) => byPlace(after, letter) < 0));
      // Redis has those of one millisecond in another order, so all of the last one are needed.
      const lastMs = letters.at(-1)?.atMs ?? -Infinity;
      if (page.length < limit || (found[limit - 1]?.atMs ?? -Infinity) > lastMs) return found;
    }
  }

  async function entered(after: LetterPlace, limit: number): Promise<Letter[]> {
    const found = await Promise.all(queues.all.map((entry) => enteredIn(entry, after, limit)));
    return found.flat().toSorted(byPlace).slice(0, limit);
  }

  return {
    async deadLetters({ limit, cursor, owner }) {
      const jobs: JobRecord[] = [];
      let after: LetterPlace = cursor === undefined ? NEWEST : decodeCursor(cursor);
      for (let looks = 1; looks <= LOOKS_MAX; looks += 1) {
        const places = await entered(after, limit);
        const records = await Promise.all(places.map(({ id }) => find(id)));
        for (const [at, place] of places.entries()) {
          const record = records[at];
          after = place;
          // Entered before BullMQ moves it: one that has not failed yet is none yet.
          if (record?.job.state !== 'failed' || (owner !== undefined && record.owner !== owner)) continue;
          jobs.push(record);
          if (jobs.length === limit) return { jobs, nextCursor: encodeCursor(after) };
        }
        if (places.length < limit) return { jobs };
      }
      return { jobs, nextCursor: encodeCursor(after) };
    },
    async retry(publicId, { idempotencyToken: token } = {}) {
      const tokenHash = token === undefined ? '' : tokenRecord(token, publicId).tokenHash;
      const address = parseJobId(publicId);
      const entry = address && queues.find(address.queue);
      if (!address || !entry) throw new JobsError('job_not_found', `There is no job ${publicId}`);
      const { keys, queue } = entry;
      const places = [keys.failed, keys.wait, keys.marker, keys.deadLetters, keys.events];
      const touched = [keys.job(address.id), ...places, keys.prioritized, keys.priorityCounter];
      const { eventsMax, keepFailedMs } = queue.bounds;
      const reply = await commands.run(
        { idempotent: false, what: `Retry of ${publicId}`, key: keys.job(address.id) },
        () => retryJob.run(redis.client, touched, [bullId(address.id), eventsMax, tokenHash, keepFailedMs]),
      );
      switch (retryReply.parse(reply)) {
        case 'waiting':
          return;
        case 'missing':
          throw new JobsError('job_not_found', `There is no job ${publicId}`);
        case 'expired':
          throw new JobsError('job_expired', `Job ${publicId} is past its retention`);
        case 'other':
          throw new JobsError('job_not_failed', `Job ${publicId} has not failed`);
      }
    },
  };
}
