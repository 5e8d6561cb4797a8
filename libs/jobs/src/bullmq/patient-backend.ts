import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from 'bullmq';
import { isReply, type Refusals } from './refusals.ts';
import type { Solo } from './solo.ts';

/** BullMQ's scripts that end an attempt. */
const SETTLES = new Set(['moveToFinished', 'moveToDelayed', 'retryJob', 'moveJobFromActiveToWait']);

/** Between two looks whether the job that runs alone has ended. */
const SOLO_LOOK_MS = 100;

/** BullMQ's words for: there is no job now, ask again in that many milliseconds. */
const noJobFor = (ms: number): unknown[] => [undefined, undefined, ms, 0];

/**
 * patientBackend makes BullMQ's way to Redis one that stands refusals. BullMQ itself takes an error reply for the end of what it
 * did: it asks for the next job at once, some thousand times a second, and calls a result that was refused a failure of
 * the handler.
 */
export const patientBackend =
  (refusals: Refusals, solo: Pick<Solo, 'held'>): BackendFactory<RedisQueueBackend> =>
  (name, options, connections) => {
    const backend = createRedisBackend(name, options, connections);
    const run = backend.execCommand.bind(backend);
    const moveToActive = backend.moveToActive.bind(backend);
    const waitForJob = backend.waitForJob.bind(backend);
    const moveStalledJobsToWait = backend.moveStalledJobsToWait.bind(backend);

    backend.execCommand = (client, command, args: unknown[]): Promise<unknown> => {
      const ask = async (): Promise<unknown> => run(client, command, args);
      return SETTLES.has(command) ? refusals.untilTaken('settle', ask) : ask();
    };
    backend.moveToActive = async (token, workerName) => {
      if (solo.held) return noJobFor(SOLO_LOOK_MS);
      const begunMs = performance.now();
      try {
        const next: unknown[] = await moveToActive(token, workerName);
        refusals.took('fetch');
        return next;
      } catch (error) {
        if (!isReply(error)) throw error;
        refusals.refusedBy('fetch', error, begunMs);
        // As if the queue were limited for that long: jobs that run end meanwhile, and nothing waits for this fetch.
        return noJobFor(refusals.backOffMs());
      }
    };
    backend.waitForJob = async (blockTimeout) => {
      const begunMs = performance.now();
      try {
        const marker = await waitForJob(blockTimeout);
        refusals.took('wait');
        return marker;
      } catch (error) {
        if (!isReply(error)) throw error;
        refusals.refusedBy('wait', error, begunMs);
        await refusals.pause();
        // As if the time were over, so that a fetch is tried on the other connection.
        return null;
      }
    };
    backend.moveStalledJobsToWait = async () => {
      try {
        return await moveStalledJobsToWait();
      } catch (error) {
        if (!isReply(error)) throw error;
        // Looked at again at the next interval. No errand of its own: a full Redis refuses only every other look.
        return [];
      }
    };
    return backend;
  };
