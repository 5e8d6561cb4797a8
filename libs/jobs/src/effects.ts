import type { Queue } from './queue.ts';

/** ExpiringWrite is a write that may let its key expire: from then on that many milliseconds, anew with each such write. */
export interface ExpiringWrite {
  readonly expireMs?: number;
}

/**
 * EffectWrite is one Redis write of an effect. Its key is any text of 1 to 256 characters; it lies below the effect prefix of the
 * job's queue, so no job can touch another key. Whole numbers are exact within 2^53.
 */
export type EffectWrite =
  | ({ readonly incrBy: string; readonly by?: number } & ExpiringWrite)
  | ({ readonly set: string; readonly value: string } & ExpiringWrite)
  | ({ readonly hset: string; readonly fields: Readonly<Record<string, string>> } & ExpiringWrite)
  | ({ readonly hincrBy: string; readonly field: string; readonly by?: number } & ExpiringWrite)
  | ({ readonly sadd: string; readonly members: readonly string[] } & ExpiringWrite)
  | { readonly del: string };

/**
 * Once does an effect of a job once, whatever becomes of the job's attempts, and answers one number for each write: the new value
 * of `incrBy` and `hincrBy`, 1 for `set`, how many fields or members are new, how many keys `del` removed. An attempt that
 * comes after the effect was done gets the numbers of then, whatever it asks for under that name.
 *
 * It waits while Redis refuses writes. Rejects with JobsError `invalid_effect` (nothing was written), and `lock_lost` or the signal's
 * reason once the job is taken from this worker.
 * @param name of the effect inside its job, 1 to 64 of A-Z a-z 0-9 _ . : -
 */
export type Once = (name: string, writes: readonly EffectWrite[]) => Promise<readonly number[]>;

/** EffectReader reads what the effects of one queue's jobs have written. All methods reject as those of the ledger. */
export interface EffectReader {
  /** What `incrBy` counts; 0 where nothing has. */
  number(key: string): Promise<number>;
  /** What `set` wrote. */
  text(key: string): Promise<string | undefined>;
  /** What `hset` and `hincrBy` wrote, whole. */
  fields(key: string): Promise<Record<string, string>>;
  /** What `sadd` added, whole, in no order. */
  members(key: string): Promise<string[]>;
}

export interface Effects {
  /** Throws JobsError `unknown_queue`. */
  effects(queue: Pick<Queue, 'name'>): EffectReader;
}
