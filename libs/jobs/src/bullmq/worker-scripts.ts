import { z } from 'zod';
import { LUA } from '../lua.generated.ts';
import type { BullConnection } from './connection.ts';
import { ownId, type QueueKeys } from './keys.ts';

/** Lease names one start of a job: which job, who holds it, and which start it is. */
export interface Lease {
  readonly bullId: string;
  readonly token: string;
  /** Starts of the job, with this one. */
  readonly starts: number;
  /** Attempts that had ended before. */
  readonly attemptsEnded: number;
}

const regained = z.enum(['held', 'settled', 'taken']);
export type Regained = z.infer<typeof regained>;

/** What a consumer asks Redis beside BullMQ, on the connection that waits for Redis. */
export interface WorkerScripts {
  /** Takes an expired lock again: `taken` when somebody has started the job since, `settled` when the attempt has ended. */
  regain(lease: Lease): Promise<Regained>;
  /** Answers whether the lock was still ours. */
  reportProgress(lease: Lease, percent: number): Promise<boolean>;
}

/** Each script has the keys that its own header names. */
const REGAIN_KEYS = 5;
const PROGRESS_KEYS = 3;

export function workerScripts(client: BullConnection, keys: QueueKeys, lockMs: number): WorkerScripts {
  client.defineCommand('regainJob', { lua: LUA['regain-job'], numberOfKeys: REGAIN_KEYS });
  client.defineCommand('reportProgress', { lua: LUA['report-progress'], numberOfKeys: PROGRESS_KEYS });
  const run = async (script: string, args: (string | number)[]): Promise<unknown> => client.runCommand(script, args);
  return {
    async regain({ bullId, token, starts, attemptsEnded }) {
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.stalled, keys.active, keys.wait];
      return regained.parse(await run('regainJob', [...touched, bullId, token, starts, attemptsEnded, lockMs]));
    },
    async reportProgress({ bullId, token }, percent) {
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.events];
      return (await run('reportProgress', [...touched, bullId, token, JSON.stringify(percent)])) === 1;
    },
  };
}
