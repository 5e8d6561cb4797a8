import { randomUUID } from 'node:crypto';
import { Job } from 'bullmq';
import { z } from 'zod';
import { seal } from '../envelope.ts';
import { JobsError } from '../errors.ts';
import { tokenRecord } from '../idempotency-token.ts';
import { ownJobId, publicJobId } from '../job-id.ts';
import type { Enqueued, Producer } from '../producer.ts';
import type { Queue } from '../queue.ts';
import { insertOf } from './claimed-insert.ts';
import type { Commands } from './commands.ts';
import { bullId, ownId, type QueueKeys } from './keys.ts';
import { orderOf } from './order.ts';
import type { QueueSet } from './queue-set.ts';
import { claimOf, jobOptions } from './retention.ts';

const OWNER = /^[A-Za-z0-9_-]{1,128}$/;

const claimReply = z.union([
  z.tuple([z.enum(['created', 'existing']), z.string()]),
  z.tuple([z.enum(['mismatch', 'memory-low', 'full'])]),
]);

/** What a job does not have. */
const NONE = '-';

/** Enqueues through BullMQ, and says in the same script whether the job is new, whose it is, and whether there is room. */
export function createProducer(queues: QueueSet, commands: Commands): Producer {
  const made = new WeakMap<Queue, string>();
  /** What the claim takes of all jobs of a queue: written once, as one flat text. */
  const claimWords = (keys: QueueKeys, queue: Queue): string => {
    const known = made.get(queue);
    if (known !== undefined) return known;
    const words = claimOf(keys, queue.bounds).join(' ');
    made.set(queue, words);
    return words;
  };
  return {
    async enqueue(queue, payload, options = {}) {
      const { bull, keys } = queues.get(queue.name);
      const { owner, idempotencyToken } = options;
      if (owner !== undefined && !OWNER.test(owner)) throw new TypeError(`A job's owner must match ${OWNER.source}`);
      const id = options.id === undefined ? randomUUID() : ownJobId(options.id);
      const order = orderOf(options);
      const sealed = seal(queue, payload, options);
      const record = idempotencyToken === undefined ? undefined : tokenRecord(idempotencyToken, payload);
      const bullOptions = { ...jobOptions(queue.descriptor, queue.bounds), ...order };
      const job = new Job(bull, queue.name, sealed, bullOptions, bullId(id));
      const insert = await insertOf(job);
      const jobKey = keys.job(id);
      const ownerKey = owner === undefined ? NONE : keys.owner(owner);
      const token = record === undefined ? NONE : keys.token(record.tokenHash);
      const asked = `${ownerKey} ${token} ${record?.fingerprint ?? NONE} ${claimWords(keys, queue)}`;
      const reply = await commands.run(
        { idempotent: false, what: `Enqueue of ${publicJobId({ queue: queue.name, id })}`, key: jobKey },
        () => {
          const isLow = commands.hasRoom(jobKey, insert.bytes) ? '0' : '1';
          return commands.insert(insert, { job: jobKey, words: `${job.id} ${Date.now()} ${isLow} ${asked}` });
        },
      );
      return enqueuedOf(queue, claimReply.parse(reply));
    },
  };
}

/** Why nothing was done. */
const REFUSALS = {
  mismatch: ['idempotency_token_reused', 'with this idempotency token another payload was enqueued'],
  'memory-low': ['jobs_memory_low', 'the memory of Redis is low'],
  full: ['queue_full', 'as many jobs wait as the queue allows'],
} as const;

function enqueuedOf({ name }: Queue, reply: z.infer<typeof claimReply>): Enqueued {
  if (reply.length === 2) return { id: publicJobId({ queue: name, id: ownId(reply[1]) }), outcome: reply[0] };
  const [code, detail] = REFUSALS[reply[0]];
  throw new JobsError(code, `Enqueue into ${name}: ${detail}`);
}
