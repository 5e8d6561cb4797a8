import { z } from 'zod';
import { LUA } from '../lua.generated.ts';
import type { BullConnection } from './connection.ts';
import { ownId, type QueueKeys } from './keys.ts';
import { DEAD_LETTERS_MAX, DEAD_LETTERS_TTL_MS } from './retention.ts';

/** Lease names one start of a job: which job, who holds it, and which start it is. */
export interface Lease {
  readonly bullId: string;
  readonly token: string;
  /** Starts of the job, with this one. */
  readonly starts: number;
  /** Attempts that had ended before. */
  readonly attemptsEnded: number;
}

/** `dead`: it must not run any more. */
const aloneReply = z.enum(['run', 'dead', 'taken']);
export type Alone = z.infer<typeof aloneReply>;

/** Names one start among those of its job. */
const nameOf = ({ token, starts }: Lease): string => `${token}:${starts}`;

const regained = z.enum(['held', 'settled', 'taken']);
export type Regained = z.infer<typeof regained>;

/** Marker is what BullMQ wakes a waiting worker with. */
export interface Marker {
  readonly member: string;
  readonly score: number;
}

/** What a consumer asks Redis beside BullMQ, on the connection that waits for Redis. */
export interface WorkerScripts {
  /** Takes an expired lock again: `taken` when somebody has started the job since, `settled` when the attempt has ended. */
  regain(lease: Lease): Promise<Regained>;
  /** Answers whether the lock was still ours. */
  reportProgress(lease: Lease, percent: number): Promise<boolean>;
  /**
   * Notes a start alone, or enters the job among the dead letters when `deathsMax` of them ended in a death. As often as the
   * answer is lost.
   */
  beginAlone(lease: Lease, deathsMax: number): Promise<Alone>;
  /** Takes that start back: the worker is alive. As often as the answer is lost. */
  endAlone(lease: Lease, how: 'ended' | 'released'): Promise<void>;
  /** Puts a marker back that was taken and not followed. */
  returnMarker(marker: Marker): Promise<void>;
}

/** Each script has the keys that its own header names. */
const REGAIN_KEYS = 5;
const PROGRESS_KEYS = 3;
const BEGIN_ALONE_KEYS = 3;
const END_ALONE_KEYS = 2;
const RETURN_MARKER_KEYS = 1;

export function workerScripts(client: BullConnection, keys: QueueKeys, lockMs: number): WorkerScripts {
  client.defineCommand('regainJob', { lua: LUA['regain-job'], numberOfKeys: REGAIN_KEYS });
  client.defineCommand('reportProgress', { lua: LUA['report-progress'], numberOfKeys: PROGRESS_KEYS });
  client.defineCommand('beginAlone', { lua: LUA['begin-alone'], numberOfKeys: BEGIN_ALONE_KEYS });
  client.defineCommand('endAlone', { lua: LUA['end-alone'], numberOfKeys: END_ALONE_KEYS });
  client.defineCommand('returnMarker', { lua: LUA['return-marker'], numberOfKeys: RETURN_MARKER_KEYS });
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
    async beginAlone(lease, deathsMax) {
      const { bullId, token } = lease;
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.deadLetters];
      const bounds = [deathsMax, Date.now(), DEAD_LETTERS_MAX, DEAD_LETTERS_TTL_MS];
      return aloneReply.parse(await run('beginAlone', [...touched, bullId, token, nameOf(lease), ...bounds]));
    },
    async endAlone(lease, how) {
      const id = ownId(lease.bullId);
      await run('endAlone', [keys.job(id), keys.lock(id), lease.token, nameOf(lease), how]);
    },
    async returnMarker({ member, score }) {
      await run('returnMarker', [keys.marker, score, member]);
    },
  };
}
