import { randomUUID } from 'node:crypto';
import { openState, publicSessionId } from '@nestfleet/state';
import { Redis } from 'ioredis';
import type { ContenderOrder } from './contenders.ts';

export interface Counted {
  /** What the cookie is to be, when it is to be set. */
  readonly sid?: string;
  readonly sessionId: string;
  readonly sessionCount: number;
  readonly globalCount: number;
}

/** Counts one visit of who presents this `sid`. */
export type Count = (sid: string | undefined) => Promise<Counted>;

const SESSION_TTL_S = 2_700;

/** As the seed did it: no signature, no check of what is presented, three commands one after the other. */
function threeCommands(redis: Redis): Count {
  return async (presented) => {
    const sid = presented ?? randomUUID();
    const sessionCount = await redis.incr(`session:${sid}`);
    await redis.expire(`session:${sid}`, SESSION_TTL_S);
    const globalCount = await redis.incr('global');
    return { sid, sessionId: sid, sessionCount, globalCount };
  };
}

const ONE_SCRIPT = `
local count = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return { count, redis.call('INCR', KEYS[2]) }`;

function oneScript(redis: Redis): Count {
  redis.defineCommand('visit', { numberOfKeys: 2, lua: ONE_SCRIPT });
  const client = redis as Redis & { visit(...args: (string | number)[]): Promise<[number, number]> };
  return async (presented) => {
    const sid = presented ?? randomUUID();
    const [sessionCount, globalCount] = await client.visit(`session:${sid}`, 'global', SESSION_TTL_S);
    return { sid, sessionId: sid, sessionCount, globalCount };
  };
}

async function ours(redisUrl: string): Promise<Count> {
  const state = openState({ redisUrl, namespace: 'bench' });
  await state.ready();
  const { visits } = state;
  return async (presented) => {
    const counts = presented === undefined ? undefined : await visits.count(presented);
    if (presented !== undefined && counts !== undefined) return { sessionId: publicSessionId(presented), ...counts };
    const { session, ...first } = await visits.open();
    return { sid: session.id, sessionId: session.publicId, ...first };
  };
}

export async function countingOf({ contender, redisUrl }: ContenderOrder): Promise<Count> {
  if (contender === 'ours') return ours(redisUrl);
  const redis = new Redis(redisUrl);
  return contender === 'nest-script' ? oneScript(redis) : threeCommands(redis);
}

export const bodyOf = ({ sessionId, sessionCount, globalCount }: Counted) => ({
  served_by: 'bench-1',
  hostname: 'bench',
  instance_id: 'bench-1-1',
  message: 'Hi there fella',
  session_id: sessionId,
  session_count: sessionCount,
  global_count: globalCount,
});
