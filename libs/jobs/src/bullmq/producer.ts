import { randomUUID } from 'node:crypto';
import { Job } from 'bullmq';
import { seal } from '../envelope.ts';
import { ownJobId, publicJobId } from '../job-id.ts';
import type { Producer } from '../producer.ts';
import type { Commands } from './commands.ts';
import { bullId } from './keys.ts';
import { orderOf } from './order.ts';
import type { QueueSet } from './queue-set.ts';
import { jobOptions, LEDGER_TTL_MS, OWNER_JOBS_MAX } from './retention.ts';

const OWNER = /^[A-Za-z0-9_-]{1,128}$/;

/** Enqueues through BullMQ, and says in the same transaction whether the job is new and whose it is. */
export function createProducer(queues: QueueSet, commands: Commands): Producer {
  return {
    async enqueue(queue, payload, options = {}) {
      const { bull, keys } = queues.get(queue.name);
      const { owner } = options;
      if (owner !== undefined && !OWNER.test(owner)) throw new TypeError(`A job's owner must match ${OWNER.source}`);
      const id = options.id === undefined ? randomUUID() : ownJobId(options.id);
      const order = orderOf(options);
      const sealed = seal(queue, payload, options);
      const job = new Job(bull, queue.name, sealed, { ...jobOptions(queue.descriptor), ...order }, bullId(id));
      // BullMQ answers the same for a new id and for one it has. Our claim runs right before its insert in one
      // MULTI on one hash tag, so nothing can come between the two.
      const publicId = publicJobId({ queue: queue.name, id });
      // Without an owner its key is not used, but a script's number of keys is fixed.
      const kept = [keys.cancelled, keys.cancelledJobs, keys.deadLetters];
      const claimKeys = [keys.job(id), keys.owner(owner ?? 'nobody'), ...kept];
      const claim = [bullId(id), owner === undefined ? '0' : '1', Date.now(), OWNER_JOBS_MAX, LEDGER_TTL_MS];
      const [claimed] = await commands.run(
        { idempotent: false, what: `Enqueue of ${publicId}`, key: keys.job(id) },
        () =>
          commands.transaction(keys.job(id), async (multi) => {
            commands.claimJob(multi, claimKeys, claim);
            await job.addJob(multi);
          }),
      );
      return { id: publicId, outcome: claimed === 1 ? 'created' : 'existing' };
    },
  };
}
