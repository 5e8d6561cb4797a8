import { randomUUID } from 'node:crypto';
import type { JobJson } from 'bullmq';
import { z } from 'zod';
import { seal } from '../envelope.ts';
import { JobsError } from '../errors.ts';
import { tokenRecord } from '../idempotency-token.ts';
import { ownJobId, publicJobId } from '../job-id.ts';
import type { Enqueued, Producer } from '../producer.ts';
import type { Queue } from '../queue.ts';
import { insertOf, templateOf } from './claimed-insert.ts';
import type { Commands } from './commands.ts';
import { bullId, ownId } from './keys.ts';
import { orderOf } from './order.ts';
import type { QueueEntry, QueueSet } from './queue-set.ts';
import { claimOf, jobOptions } from './retention.ts';

const OWNER = /^[A-Za-z0-9_-]{1,128}$/;

const refusedReply = z.tuple([z.enum(['mismatch', 'memory-low', 'full'])]);

/** Made once: what enqueueing has in common for all jobs of a queue. */
interface CommonOfQueue {
  readonly job: JobJson;
  readonly insert: ReturnType<Commands['inserts']>;
}

/** What a job does not have. */
const NONE = '-';

/** Enqueues through BullMQ, and says in the same script whether the job is new, whose it is, and whether there is room. */
export function createProducer(queues: QueueSet, commands: Commands): Producer {
  const made = new WeakMap<Queue, CommonOfQueue>();
  const commonOf = (queue: Queue, { bull, keys }: QueueEntry): CommonOfQueue => {
    const known = made.get(queue);
    if (known !== undefined) return known;
    const common = {
      job: templateOf(bull, jobOptions(queue.descriptor, queue.bounds)),
      insert: commands.inserts(claimOf(keys, queue.bounds)),
    };
    made.set(queue, common);
    return common;
  };
  return {
    async enqueue(queue, payload, options = {}) {
      const entry = queues.get(queue.name);
      const { bull, keys } = entry;
      const { owner, idempotencyToken } = options;
      if (owner !== undefined && !OWNER.test(owner)) throw new TypeError(`A job's owner must match ${OWNER.source}`);
      const id = options.id === undefined ? randomUUID() : ownJobId(options.id);
      const order = orderOf(options);
      const sealed = seal(queue, payload, options);
      const record = idempotencyToken === undefined ? undefined : tokenRecord(idempotencyToken, payload);
      const common = commonOf(queue, entry);
      const nowMs = Date.now();
      const insert = insertOf(bull, {
        ...common.job,
        opts: { ...common.job.opts, ...order },
        id: bullId(id),
        data: JSON.stringify(sealed),
        timestamp: nowMs,
      });
      const jobKey = keys.job(id);
      const ownerKey = owner === undefined ? NONE : keys.owner(owner);
      const token = record === undefined ? NONE : keys.token(record.tokenHash);
      const asked = `${ownerKey} ${token} ${record?.fingerprint ?? NONE}`;
      const reply = await commands.run(
        {
          idempotent: false,
          what: `Enqueue of ${publicJobId({ queue: queue.name, id })}`,
          key: jobKey,
          isOneCommand: true,
        },
        () => {
          const isLow = commands.hasRoom(jobKey, insert.bytes) ? '0' : '1';
          return common.insert(insert, { job: jobKey, words: `${bullId(id)} ${nowMs} ${isLow} ${asked}` });
        },
      );
      return enqueuedOf(queue, reply);
    },
  };
}

/** Why nothing was done. */
const REFUSALS = {
  mismatch: ['idempotency_token_reused', 'with this idempotency token another payload was enqueued'],
  'memory-low': ['jobs_memory_low', 'the memory of Redis is low'],
  full: ['queue_full', 'as many jobs wait as the queue allows'],
} as const;

function enqueuedOf({ name }: Queue, reply: unknown): Enqueued {
  const [outcome, id] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if ((outcome === 'created' || outcome === 'existing') && typeof id === 'string')
    return { id: publicJobId({ queue: name, id: ownId(id) }), outcome };
  const [code, detail] = REFUSALS[refusedReply.parse(reply)[0]];
  throw new JobsError(code, `Enqueue into ${name}: ${detail}`);
}
