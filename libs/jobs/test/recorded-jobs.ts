import { defineQueue, type Jobs, type Queue } from '@nestfleet/jobs';
import { z } from 'zod';

const queueNamed = (name: string) =>
  defineQueue({
    name,
    version: 1,
    payload: z.strictObject({ to: z.string() }),
    result: z.strictObject({ sent: z.boolean() }),
    attempts: 1,
    backoffMs: 0,
    concurrency: 4,
  });
export const mail = queueNamed('mail');
export const report = queueNamed('report');

/** RecordedJobs are jobs without Redis that remember what is asked of them and of their consumers. */
export interface RecordedJobs {
  readonly jobs: Jobs;
  readonly calls: string[];
  /** The first connection, or the end of the wait for it. */
  readonly connected: PromiseWithResolvers<void>;
}

export function recordedJobs(queues: readonly Queue[]): RecordedJobs {
  const calls: string[] = [];
  const connected = Promise.withResolvers<void>();
  const jobs: Partial<Jobs> = {
    queues,
    ready: () => connected.promise,
    ping: async () => 1.4,
    checkWrites: async () => 1.4,
    enqueue: async ({ name }, payload) => {
      calls.push(`enqueue ${name} ${JSON.stringify(payload)}`);
      return { id: `${name}.1`, outcome: 'created' };
    },
    effects: ({ name }) => {
      if (queues.every((queue) => queue.name !== name)) throw new Error(`unknown_queue ${name}`);
      return { number: async () => 0, text: async () => undefined, fields: async () => ({}), members: async () => [] };
    },
    consume: ({ name, descriptor }) => {
      calls.push(`consume ${name} by ${descriptor.concurrency}`);
      return {
        pause: async () => void calls.push(`pause ${name}`),
        resume: async () => void calls.push(`resume ${name}`),
        running: 2,
        fault: name === 'mail' ? 'mail: jobs wait' : undefined,
        close: async (timeoutMs) => void calls.push(`close ${name} ${timeoutMs}`),
      };
    },
    close: async () => void calls.push('close jobs'),
  };
  return { jobs: jobs as Jobs, calls, connected };
}
