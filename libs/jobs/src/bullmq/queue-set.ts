import { Queue as BullQueue } from 'bullmq';
import { JobsError } from '../errors.ts';
import type { Queue } from '../queue.ts';
import { recordInserts } from './claimed-insert.ts';
import type { BullConnection } from './connection.ts';
import { type QueueKeys, queueKeys } from './keys.ts';

/** One known queue: its handle, its keys and BullMQ's object for it. */
export interface QueueEntry {
  readonly queue: Queue;
  readonly keys: QueueKeys;
  readonly bull: BullQueue;
}

/** The queues that this process knows. */
export interface QueueSet {
  readonly all: readonly QueueEntry[];
  /** Undefined for a name that is not known. */
  find(name: string): QueueEntry | undefined;
  /** Throws JobsError `unknown_queue`. */
  get(name: string): QueueEntry;
}

/** BullMQ's queue objects hold no socket of their own: they use the producer's connection and fail as fast as it does. */
export function openQueueSet(queues: readonly Queue[], namespace: string, connection: BullConnection): QueueSet {
  const entries = new Map<string, QueueEntry>();
  for (const queue of queues) {
    if (entries.has(queue.name)) throw new TypeError(`Queue ${queue.name} is given twice`);
    const keys = queueKeys(namespace, queue.name);
    const bull = new BullQueue(queue.name, {
      connection,
      prefix: keys.prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
    });
    // Each call reports its own fault; without a listener an EventEmitter throws the connection's.
    bull.on('error', () => undefined);
    recordInserts(bull);
    entries.set(queue.name, { queue, keys, bull });
  }
  const find = (name: string): QueueEntry | undefined => entries.get(name);
  return {
    all: [...entries.values()],
    find,
    get(name) {
      const entry = find(name);
      if (entry) return entry;
      throw new JobsError('unknown_queue', `Queue "${name}" is not among those given to openJobs({ queues })`);
    },
  };
}
