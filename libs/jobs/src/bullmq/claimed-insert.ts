import { type LuaScript, luaScript, type RedisConnection } from '@nestfleet/redis';
import { type IRedisTransaction, Job, type JobJson, type JobsOptions, type Queue } from 'bullmq';
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

/** What jobs of one queue and with the same options have in common, as BullMQ makes it of its options. */
export const templateOf = (bull: Queue, options: JobsOptions): JobJson =>
  new Job(bull, bull.name, {}, options).asJSON();

/** Takes down what BullMQ gives to a transaction. */
class Recorder {
  insert: Insert | undefined;

  take(command: string, given: (string | Buffer)[]): this {
    let bytes = BYTES_BESIDE_DATA;
    for (const each of given) bytes += typeof each === 'string' ? Buffer.byteLength(each) : each.length;
    this.insert = { command, given, bytes };
    return this;
  }
}

/** Lets `insertOf` ask this queue. By the plain name of the script: with its version it is made anew, and looked up, for each job. */
export function recordInserts(bull: Queue): void {
  const backend = bull.getBackend();
  const run: (...given: Parameters<typeof backend.execCommand>) => unknown = backend.execCommand.bind(backend);
  backend.execCommand = (client: unknown, command, args: (string | Buffer)[]) =>
    client instanceof Recorder ? client.take(command, args) : run(client as IRedisTransaction, command, args);
}

/** Asks BullMQ what it would send. */
export function insertOf(bull: Queue, job: JobJson): Insert {
  const recorder = new Recorder();
  const added = bull.getBackend().addJobToTransaction(recorder as unknown as IRedisTransaction, job, job.id);
  // It gives a transaction its command before it waits for anything.
  const { insert } = recorder;
  if (insert !== undefined) return insert;
  added.catch(() => undefined);
  throw new TypeError('BullMQ inserts a job by another way than one script');
}

/**
 * Runs BullMQ's insert inside of our claim, as one script of a queue. BullMQ answers the same for a new id and for one that it
 * has, and knows no record that outlives its job.
 * @param common what the claim takes alike for all jobs of the queue
 */
export function claimedInserts(
  redis: RedisConnection,
  common: readonly (string | number)[],
): (insert: Insert, claim: Claim) => Promise<unknown> {
  const made = new Map<string, { readonly script: LuaScript; readonly keys: number }>();
  const list = `local common = { ${common.map((value) => luaText(String(value))).join(', ')} }`;

  function scriptOf(command: string) {
    const known = made.get(command);
    if (known !== undefined) return known;
    // BullMQ has defined its commands on this client, with its version behind each name.
    const defined: Readonly<Record<string, { readonly lua: string; readonly numberOfKeys: number }>> =
      redis.client.scriptsSet;
    const found = Object.entries(defined).find(([name]) => name.startsWith(`${command}:`))?.[1];
    if (found === undefined) throw new TypeError(`BullMQ has no script ${command}`);
    const text = `local function insert()\n${found.lua}\nend\n${list}\n${LUA['claim-job']}`;
    const claimed = { script: luaScript(`claim-job and ${command}`, text), keys: found.numberOfKeys };
    made.set(command, claimed);
    return claimed;
  }

  return ({ command, given }, claim) => {
    const { script, keys: count } = scriptOf(command);
    const keys = [...given.slice(0, count).map(String), claim.job];
    const args = [...given.slice(count), claim.words];
    return script.run(redis.client, keys, args);
  };
}

/** Keys and numbers have nothing that would have to be escaped. */
function luaText(text: string): string {
  if (!/^[\w.:{}-]+$/.test(text)) throw new TypeError(`"${text}" is no key of a queue`);
  return `'${text}'`;
}
