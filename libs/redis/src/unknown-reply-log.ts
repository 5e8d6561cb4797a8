import type { RedisLog } from './log.ts';

const REPLIES_MAX = 32;

/** unknownReplyLog tells each reply that is in no table once: it is a fault of ours or a Redis that we do not know. */
export function unknownReplyLog(log: RedisLog): (words: string) => void {
  const told = new Set<string>();
  return (words) => {
    if (told.has(words) || told.size === REPLIES_MAX) return;
    told.add(words);
    log.warn({ event: 'redis.unknown_reply', fault: words }, 'Redis answered something unknown');
  };
}
