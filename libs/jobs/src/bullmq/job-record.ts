import type { JobState } from '@nestfleet/contracts';
import { z } from 'zod';
import { type Envelope, envelope } from '../envelope.ts';
import { type JobAddress, publicJobId } from '../job-id.ts';
import type { ExpiredJob, JobRecord } from '../ledger.ts';

const json = (text: string | undefined): unknown => {
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** Foreign or damaged data still has to be shown, so it reads as an empty envelope. */
const sealedIn = (data: unknown): Envelope => {
  const sealed = envelope.safeParse(data);
  return sealed.success ? sealed.data : { payload: null, payload_version: 0, owner: null, request_id: null };
};

const percent = z.number().min(0).max(100).catch(0);

/** Reads BullMQ's hash of a job (6.x: atm = attempts made, pb = processed by). */
export function toJobRecord(address: JobAddress, state: JobState, hash: ReadonlyMap<string, string>): JobRecord {
  const sealed = sealedIn(json(hash.get('data')));
  const attemptsEnded = Number(hash.get('atm') ?? 0);
  return {
    owner: sealed.owner,
    job: {
      id: publicJobId(address),
      name: address.queue,
      state,
      progress: state === 'completed' ? 100 : percent.parse(json(hash.get('progress'))),
      attempts: attemptsEnded + (state === 'active' ? 1 : 0),
      processed_by: hash.get('pb') ?? null,
      result: json(hash.get('returnvalue')),
      error: hash.get('failedReason') ?? null,
      payload_version: sealed.payload_version,
    },
  };
}

/** Reads what is left of a job past its retention: its hash, or whose it was. */
export function toExpiredJob(hash: ReadonlyMap<string, string>): ExpiredJob {
  const owner = hash.get('owner') ?? sealedIn(json(hash.get('data'))).owner;
  return { owner: owner === '' ? null : owner };
}

/** `[field, value, field, value …]` as Redis answers HGETALL. */
export function toHash(flat: readonly string[]): Map<string, string> {
  const hash = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) hash.set(flat[at] ?? '', flat[at + 1] ?? '');
  return hash;
}
