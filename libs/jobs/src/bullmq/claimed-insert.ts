import { type LuaScript, luaScript, type RedisConnection } from '@nestfleet/redis';
import type { IRedisTransaction, Job } from 'bullmq';
import { LUA } from '../lua.generated.ts';

/** Insert is what BullMQ would send to insert a job: which of its scripts, with which keys and arguments. */
export interface Insert {
  readonly command: string;
  readonly given: readonly (string | Buffer)[];
  /** How much it adds to Redis, about. */
  readonly bytes: number;
}

/** Claim is what `claim-job.lua` takes behind that. */
export interface Claim {
  /** Key of the job's hash. */
  readonly job: string;
  /** None of them empty or with a space. */
  readonly words: string;
}

/** A job without its data: hash, its place in the queue, events, the owner's index, the record of its token. */
const BYTES_BESIDE_DATA = 900;

/** Asks BullMQ what it would send. */
export async function insertOf(job: Job): Promise<Insert> {
  let insert: Insert | undefined;
  const recorder = {
    runCommand(command: string, given: (string | Buffer)[]): object {
      const bytes = given.reduce((sum, each) => sum + Buffer.byteLength(each), BYTES_BESIDE_DATA);
      insert = { command, given, bytes };
      return recorder;
    },
  };
  await job.addJob(recorder as IRedisTransaction);
  if (insert === undefined) throw new TypeError('BullMQ inserts a job by another way than one script');
  return insert;
}

/**
 * Runs BullMQ's insert inside of our claim, as one script. BullMQ answers the same for a new id and for one that it has, and
 * knows no record that outlives its job.
 */
export function claimedInserts(redis: RedisConnection): (insert: Insert, claim: Claim) => Promise<unknown> {
  const made = new Map<string, { readonly script: LuaScript; readonly keys: number }>();

  function scriptOf(command: string) {
    const known = made.get(command);
    if (known !== undefined) return known;
    // BullMQ has defined its commands on this client.
    const defined: Readonly<Record<string, { readonly lua: string; readonly numberOfKeys: number }>> =
      redis.client.scriptsSet;
    const found = defined[command];
    if (found === undefined) throw new TypeError(`BullMQ has no script ${command}`);
    const text = `local function insert()\n${found.lua}\nend\n${LUA['claim-job']}`;
    const claimed = { script: luaScript(`claim-job and ${command}`, text), keys: found.numberOfKeys };
    made.set(command, claimed);
    return claimed;
  }

  return async ({ command, given }, claim) => {
    const { script, keys: count } = scriptOf(command);
    const keys = given.slice(0, count).map(String);
    return script.run(redis.client, [...keys, claim.job], [...given.slice(count), claim.words]);
  };
}
