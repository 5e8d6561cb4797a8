import { z } from 'zod';
import type { Bounds } from '../bounds.ts';
import { EFFECT_WRITES_MAX, type EffectRequest } from '../effect-request.ts';
import { LUA } from '../lua.generated.ts';
import type { BullConnection } from './connection.ts';
import { ownId, type QueueKeys } from './keys.ts';
import { cancelOf, DEAD_LETTERS_MAX, DEAD_LETTERS_TTL_MS, EFFECTS_MAX, EFFECTS_TTL_MS, sweepOf } from './retention.ts';

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

/** `stay`: it was put off as often as is allowed. */
const putOffReply = z.enum(['put-off', 'stay', 'taken']);
export type PutOff = z.infer<typeof putOffReply>;

/** `lost`: the job has been given to another start; `refused`: what the effect asks for cannot be. Nothing was written then. */
export type EffectReply =
  | { readonly kind: 'done'; readonly numbers: readonly number[] }
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused'; readonly why: string };
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'number');

function effectReplyOf(reply: unknown): EffectReply {
  if (typeof reply !== 'string' || reply === '') throw new TypeError('The script of effects answers another thing');
  if (reply === 'lost') return { kind: 'lost' };
  if (!reply.startsWith('[')) return { kind: 'refused', why: reply };
  const numbers: unknown = JSON.parse(reply);
  if (!isNumbers(numbers)) throw new TypeError('The record of an effect holds no numbers');
  return { kind: 'done', numbers };
}

/** Names one start among those of its job. */
const nameOf = ({ token, starts }: Lease): string => `${token}:${starts}`;

const regained = z.enum(['held', 'settled', 'taken']);
export type Regained = z.infer<typeof regained>;

/** Marker is what BullMQ wakes a waiting worker with. */
export interface Marker {
  readonly member: string;
  readonly score: number;
}
/** WAKE is BullMQ's marker for: there is a job. */
export const WAKE: Marker = { member: '0', score: 0 };

/** What a consumer asks Redis beside BullMQ, on the connection that waits for Redis. */
export interface WorkerScripts {
  /** Takes an expired lock again: `taken` when somebody has started the job since, `settled` when the attempt has ended. */
  regain(lease: Lease): Promise<Regained>;
  /** Answers whether the lock was still ours. */
  reportProgress(lease: Lease, percent: number): Promise<boolean>;
  /** Does an effect and records it, or answers what is recorded. */
  applyEffect(lease: Lease, request: EffectRequest): Promise<EffectReply>;
  /** Those of the jobs that somebody asked to cancel. */
  cancelRequests(bullIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Ends a job that this worker has as cancelled. */
  endCancelled(lease: Lease): Promise<'cancelled' | 'taken'>;
  /**
   * Removes a part of the ended jobs past their retention, or that ended more than `atMostMs` ago: 0 once nothing is left to do.
   */
  sweep(state: 'completed' | 'failed', atMostMs: number): Promise<number>;
  /** Bounds the stream of events. */
  boundEvents(): Promise<void>;
  /**
   * Notes a start alone, or enters the job among the dead letters when `deathsMax` of them ended in a death. As often as the
   * answer is lost.
   */
  beginAlone(lease: Lease, deathsMax: number): Promise<Alone>;
  /** Takes that start back: the worker is alive. As often as the answer is lost. */
  endAlone(lease: Lease, how: 'ended' | 'released'): Promise<void>;
  /** Counts that a suspect is put off, unless it has been `max` times. */
  countPutOff(lease: Lease, max: number): Promise<PutOff>;
  /** Sets a marker, or puts one back that was taken and not followed. */
  returnMarker(marker: Marker): Promise<void>;
}

/** Each script has the keys that its own header names. */
const REGAIN_KEYS = 6;
const PROGRESS_KEYS = 3;
const BEGIN_ALONE_KEYS = 3;
const END_ALONE_KEYS = 2;
const COUNT_PUT_OFF_KEYS = 2;
/** And one for each write. */
const APPLY_EFFECT_KEYS = 1;
const CANCEL_REQUESTS_KEYS = 1;
const END_CANCELLED_KEYS = 11;
const SWEEP_KEYS = 4;
const BOUND_EVENTS_KEYS = 2;
const RETURN_MARKER_KEYS = 1;

const endedCancelled = z.enum(['cancelled', 'taken', 'missing']);

export function workerScripts(client: BullConnection, keys: QueueKeys, lockMs: number, bounds: Bounds): WorkerScripts {
  client.defineCommand('regainJob', { lua: LUA['regain-job'], numberOfKeys: REGAIN_KEYS });
  client.defineCommand('reportProgress', { lua: LUA['report-progress'], numberOfKeys: PROGRESS_KEYS });
  client.defineCommand('beginAlone', { lua: LUA['begin-alone'], numberOfKeys: BEGIN_ALONE_KEYS });
  client.defineCommand('endAlone', { lua: LUA['end-alone'], numberOfKeys: END_ALONE_KEYS });
  client.defineCommand('countPutOff', { lua: LUA['count-put-off'], numberOfKeys: COUNT_PUT_OFF_KEYS });
  for (let writes = 1; writes <= EFFECT_WRITES_MAX; writes += 1)
    client.defineCommand(`applyEffect${writes}`, {
      lua: LUA['apply-effect'],
      numberOfKeys: APPLY_EFFECT_KEYS + writes,
    });
  client.defineCommand('cancelRequests', { lua: LUA['cancel-requests'], numberOfKeys: CANCEL_REQUESTS_KEYS });
  client.defineCommand('endCancelled', { lua: LUA['cancel-job'], numberOfKeys: END_CANCELLED_KEYS });
  client.defineCommand('sweepFinished', { lua: LUA['sweep-finished'], numberOfKeys: SWEEP_KEYS });
  client.defineCommand('boundEvents', { lua: LUA['bound-events'], numberOfKeys: BOUND_EVENTS_KEYS });
  client.defineCommand('returnMarker', { lua: LUA['return-marker'], numberOfKeys: RETURN_MARKER_KEYS });
  const run = async (script: string, args: (string | number)[]): Promise<unknown> => client.runCommand(script, args);
  return {
    async regain({ bullId, token, starts, attemptsEnded }) {
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.stalled, keys.active, keys.wait, keys.removed];
      return regained.parse(await run('regainJob', [...touched, bullId, token, starts, attemptsEnded, lockMs]));
    },
    async reportProgress({ bullId, token }, percent) {
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.events];
      return (
        (await run('reportProgress', [...touched, bullId, token, JSON.stringify(percent), bounds.eventsMax])) === 1
      );
    },
    async applyEffect({ bullId, token, starts }, { name, keys: written, args }) {
      const id = ownId(bullId);
      const record = `${keys.lock(id)} ${keys.effectsOf(id)}`;
      const about = `${record} ${token} ${starts} ${name} ${EFFECTS_TTL_MS} ${EFFECTS_MAX}`;
      const given: (string | number)[] = [keys.job(id)];
      for (const key of written) given.push(keys.effect(key));
      given.push(about, ...args);
      return effectReplyOf(await client.runCommand(`applyEffect${written.length}`, given));
    },
    async beginAlone(lease, deathsMax) {
      const { bullId, token } = lease;
      const id = ownId(bullId);
      const touched = [keys.job(id), keys.lock(id), keys.deadLetters];
      const limits = [deathsMax, DEAD_LETTERS_MAX, DEAD_LETTERS_TTL_MS];
      return aloneReply.parse(await run('beginAlone', [...touched, bullId, token, nameOf(lease), ...limits]));
    },
    async cancelRequests(bullIds) {
      const requested = await run('cancelRequests', [keys.active, keys.jobs, ...bullIds]);
      return new Set(z.array(z.string()).parse(requested));
    },
    async endCancelled({ bullId, token }) {
      const { touched, args } = cancelOf(keys, bounds, ownId(bullId), token);
      const reply = endedCancelled.parse(await run('endCancelled', [...touched, ...args]));
      return reply === 'cancelled' ? 'cancelled' : 'taken';
    },
    async sweep(state, atMostMs) {
      const { touched, args } = sweepOf(keys, bounds, state, atMostMs);
      return z.int().parse(await run('sweepFinished', [...touched, ...args]));
    },
    async boundEvents() {
      await run('boundEvents', [keys.meta, keys.events, bounds.eventsMax]);
    },
    async endAlone(lease, how) {
      const id = ownId(lease.bullId);
      await run('endAlone', [keys.job(id), keys.lock(id), lease.token, nameOf(lease), how]);
    },
    async countPutOff({ bullId, token }, max) {
      const id = ownId(bullId);
      return putOffReply.parse(await run('countPutOff', [keys.job(id), keys.lock(id), token, max]));
    },
    async returnMarker({ member, score }) {
      await run('returnMarker', [keys.marker, score, member]);
    },
  };
}
