import { RedisOutcomeUnknownError } from '@nestfleet/redis';

type Reply = readonly [Error | null, unknown];

/**
 * repliesOf is what EXEC answered, in order. EXEC runs every command whatever the ones before it are told, so the last one
 * decides: its fault is that of the transaction. A fault before a last one that ran leaves half of it done.
 */
export function repliesOf(replies: readonly Reply[]): unknown[] {
  const last = replies.at(-1)?.[0];
  if (last) throw last;
  const fault = replies.find(([error]) => error)?.[0];
  if (fault) throw new RedisOutcomeUnknownError('a part of the transaction ran', { cause: fault });
  return replies.map(([, reply]) => reply);
}
