import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from 'bullmq';
import type { BullConnection } from './connection.ts';
import type { QueueKeys } from './keys.ts';
import { isReply, type Refusals } from './refusals.ts';
import type { WorkerScripts } from './worker-scripts.ts';

/** BullMQ's scripts that end an attempt. */
const SETTLES = new Set(['moveToFinished', 'moveToDelayed', 'retryJob', 'moveJobFromActiveToWait']);

/** Between two looks whether the job that runs alone has ended. */
const SOLO_LOOK_MS = 100;

/** Of the arguments of BullMQ's look for stalled jobs: the key that keeps others from looking, and for how long it does. */
const STALLED_CHECK_KEY = 3;
const STALLED_REST = 12;

/** BullMQ's words for: there is no job now, ask again in that many milliseconds. */
const noJobFor = (ms: number): unknown[] => [undefined, undefined, ms, 0];

export interface PatientParts {
  readonly keys: Pick<QueueKeys, 'stalledCheck'>;
  readonly refusals: Refusals;
  /** Whether no job is to be taken. */
  readonly isClosed: () => boolean;
  readonly scripts: Pick<WorkerScripts, 'returnMarker'>;
  readonly stalledRestMs: number;
  /** Told of the connection on which markers are waited for, once it is there. */
  readonly onBlocking: (client: BullConnection) => void;
  /** Told that Redis has answered whether there is a job. */
  readonly onPolled: () => void;
}

/**
 * patientBackend makes BullMQ's way to Redis one that stands refusals. BullMQ itself takes an error reply for the end of what it
 * did: it asks for the next job at once, some thousand times a second, and calls a result that was refused a failure of
 * the handler.
 */
export const patientBackend =
  ({
    keys,
    refusals,
    isClosed,
    scripts,
    stalledRestMs,
    onBlocking,
    onPolled,
  }: PatientParts): BackendFactory<RedisQueueBackend> =>
  (name, options, connections) => {
    const backend = createRedisBackend(name, options, connections);
    const run: (...given: Parameters<typeof backend.execCommand>) => Promise<unknown> =
      backend.execCommand.bind(backend);
    const moveToActive = backend.moveToActive.bind(backend);
    const waitForJob = backend.waitForJob.bind(backend);
    const moveStalledJobsToWait = backend.moveStalledJobsToWait.bind(backend);

    // Closed before it was there, nobody needs it.
    void backend.blockingClient?.then(onBlocking, () => undefined);
    backend.on('ready', () => refusals.took('connect'));
    backend.execCommand = (client, command, args: unknown[]): Promise<unknown> => {
      // Workers of before look each 30 s, and keep all who use their key from looking sooner.
      const asked =
        command === 'moveStalledJobsToWait'
          ? args.with(STALLED_CHECK_KEY, keys.stalledCheck).with(STALLED_REST, stalledRestMs)
          : args;
      const ask = (): Promise<unknown> => run(client, command, asked);
      return SETTLES.has(command) ? refusals.untilTaken('settle', ask) : ask();
    };
    backend.moveToActive = async (token, workerName) => {
      if (isClosed()) return noJobFor(SOLO_LOOK_MS);
      const begunMs = performance.now();
      try {
        const next: unknown[] = await moveToActive(token, workerName);
        refusals.took('fetch');
        onPolled();
        return next;
      } catch (error) {
        if (!isReply(error)) {
          // BullMQ asks again at once for whatever it does not know.
          await refusals.pause();
          throw error;
        }
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
        // It is for one worker alone, and this one takes no job now. One that is lost costs the other's block time-out.
        if (marker && isClosed()) await scripts.returnMarker(marker).catch(() => undefined);
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
