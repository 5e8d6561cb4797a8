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
import { bullId, ownId } from './keys.ts';
import { orderOf } from './order.ts';
import type { QueueSet } from './queue-set.ts';
import { jobOptions, LEDGER_TTL_MS, OWNER_JOBS_MAX, TOKEN_TTL_MS } from './retention.ts';

const OWNER = /^[A-Za-z0-9_-]{1,128}$/;

const claimReply = z.union([
  z.tuple([z.enum(['created', 'existing']), z.string()]),
  z.tuple([z.enum(['mismatch', 'memory-low', 'full'])]),
]);

/** Enqueues through BullMQ, and says in the same script whether the job is new, whose it is, and whether there is room. */
export function createProducer(queues: QueueSet, commands: Commands): Producer {
  return {
    async enqueue(queue, payload, options = {}) {
      const { bull, keys } = queues.get(queue.name);
      const { owner, idempotencyToken: token } = options;
      if (owner !== undefined && !OWNER.test(owner)) throw new TypeError(`A job's owner must match ${OWNER.source}`);
      const id = options.id === undefined ? randomUUID() : ownJobId(options.id);
      const order = orderOf(options);
      const sealed = seal(queue, payload, options);
      const record = token === undefined ? undefined : tokenRecord(token, payload);
      const bullOptions = { ...jobOptions(queue.descriptor, queue.bounds), ...order };
      const job = new Job(bull, queue.name, sealed, bullOptions, bullId(id));
      const insert = await insertOf(job);
      // What is not used has a key all the same: a script's number of keys is fixed.
      const ledger = [keys.owner(owner ?? 'nobody'), keys.cancelled, keys.cancelledJobs, keys.deadLetters];
      const backlog = [keys.wait, keys.delayed, keys.prioritized];
      const memory = [keys.token(record?.tokenHash ?? 'none'), keys.removed];
      const claimKeys = [keys.job(id), ...ledger, ...backlog, ...memory];
      const index = [owner === undefined ? '0' : '1', Date.now(), OWNER_JOBS_MAX, LEDGER_TTL_MS];
      const reply = await commands.run(
        { idempotent: false, what: `Enqueue of ${publicJobId({ queue: queue.name, id })}`, key: keys.job(id) },
        () => {
          const isLow = !commands.hasRoom(keys.job(id), insert.bytes);
          const bounds = [queue.bounds.backlogMax, isLow ? '1' : '0'];
          const kept = [record?.fingerprint ?? '', TOKEN_TTL_MS, queue.bounds.keepCompletedMs];
          const args = [bullId(id), ...index, ...bounds, ...kept];
          return commands.insert(insert, { keys: claimKeys, args });
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
