import { type Job, jobState } from '@nestfleet/contracts';
import { z } from 'zod';
import { JobsError } from '../errors.ts';
import { type JobAddress, parseJobId } from '../job-id.ts';
import type { ExpiredJob, JobRecord, Ledger, QueueCounts } from '../ledger.ts';
import type { Commands } from './commands.ts';
import { toExpiredJob, toHash, toJobRecord } from './job-record.ts';
import { ownId } from './keys.ts';
import type { QueueEntry, QueueSet } from './queue-set.ts';
import { cancelOf, OWNER_JOBS_MAX, readOf } from './retention.ts';

const readReply = z.tuple([z.union([jobState, z.literal('expired')]), z.array(z.string())]).nullable();
const cancelReply = z.enum(['cancelled', 'requested', 'finished', 'missing']);

/** Reads BullMQ's keys with scripts of ours: a job and its state in one step and one round trip. */
export function createLedger(queues: QueueSet, commands: Commands): Ledger {
  const run = <T>(what: string, work: () => Promise<T>, key?: string): Promise<T> =>
    commands.run({ idempotent: true, what, ...(key === undefined ? {} : { key }) }, work);
  const readAny = async ({ queue, keys }: QueueEntry, id: string): Promise<JobRecord | ExpiredJob | undefined> => {
    const { touched, args } = readOf(keys, queue.bounds, id);
    const reply = readReply.parse(await commands.readJob(touched, args));
    if (reply === null) return undefined;
    const [state, flat] = reply;
    const hash = toHash(flat);
    return state === 'expired' ? toExpiredJob(hash) : toJobRecord({ queue: queue.name, id }, state, hash);
  };
  const read = async (entry: QueueEntry, id: string): Promise<JobRecord | undefined> => {
    const found = await readAny(entry, id);
    return found && 'job' in found ? found : undefined;
  };
  const locate = (publicId: string): { address: JobAddress; entry: QueueEntry } | undefined => {
    const address = parseJobId(publicId);
    const entry = address && queues.find(address.queue);
    return address && entry ? { address, entry } : undefined;
  };
  return {
    async find(publicId) {
      const place = locate(publicId);
      if (place === undefined) return undefined;
      const { entry, address } = place;
      return run(`Find of ${publicId}`, () => read(entry, address.id), entry.keys.job(address.id));
    },
    async expired(publicId) {
      const place = locate(publicId);
      if (place === undefined) return undefined;
      const { entry, address } = place;
      const { id } = address;
      const found = await run(`Find of ${publicId}`, () => readAny(entry, id), entry.keys.job(id));
      return found && !('job' in found) ? found : undefined;
    },
    list: (owner, limit) =>
      run('List of jobs', async () => {
        const indexed = await Promise.all(
          queues.all.map(async (entry) => {
            const newest = await commands.newest(entry.keys.owner(owner), OWNER_JOBS_MAX);
            return newest.map(({ member, atMs }) => ({ entry, id: ownId(member), atMs }));
          }),
        );
        const newest = indexed.flat().toSorted((a, b) => b.atMs - a.atMs);
        // Some of them may be past their retention. Each page is longer than the one before, so that few round trips are made.
        const jobs: Job[] = [];
        for (let from = 0, size = limit; jobs.length < limit && from < newest.length; from += size, size *= 2) {
          const page = newest.slice(from, from + size);
          const records = await Promise.all(page.map(({ entry, id }) => read(entry, id)));
          jobs.push(...records.flatMap((record) => (record === undefined ? [] : [record.job])));
        }
        return jobs.slice(0, limit);
      }),
    async cancel(publicId) {
      const place = locate(publicId);
      if (!place) throw new JobsError('job_not_found', `There is no job ${publicId}`);
      const { entry, address } = place;
      const { keys, queue } = entry;
      const { id } = address;
      const { touched, args } = cancelOf(keys, queue.bounds, id, '');
      const reply = cancelReply.parse(
        await run(`Cancel of ${publicId}`, () => commands.cancelJob(touched, args), keys.job(id)),
      );
      if (reply === 'finished') throw new JobsError('job_finished', `Job ${publicId} has ended already`);
      if (reply === 'missing') throw new JobsError('job_not_found', `There is no job ${publicId}`);
      return reply;
    },
    async counts() {
      const rows = await run('Counts', () => Promise.all(queues.all.map((entry) => count(entry))));
      return Object.fromEntries(rows);
    },
  };
}

async function count({ queue, bull }: QueueEntry): Promise<[string, QueueCounts]> {
  const states = ['wait', 'prioritized', 'waiting-children', 'delayed', 'active', 'completed', 'failed'] as const;
  const counted = await bull.getJobCounts(...states);
  const of = (state: (typeof states)[number]): number => counted[state] ?? 0;
  const waiting = of('wait') + of('prioritized') + of('waiting-children');
  const [delayed, active, completed, failed] = [of('delayed'), of('active'), of('completed'), of('failed')];
  return [queue.name, { waiting, delayed, active, completed, failed }];
}
