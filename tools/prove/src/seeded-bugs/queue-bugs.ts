import type { SuiteBug } from './suite-bug.ts';

const JOBS = 'libs/jobs/src';

/** What a queue descriptor promises. */
export const queueDescriptors: readonly SuiteBug[] = [
  {
    name: 'one-step-lifts-all',
    description: 'a payload of two versions ago is lifted by one step and taken for the newest',
    patches: [
      {
        file: `${JOBS}/envelope.ts`,
        find: 'for (let version = found; version !== known; version += 1) {',
        replace: 'for (let version = found; version !== known; version = known) {',
      },
    ],
    detectedBy: { spec: `${JOBS}/envelope.spec.ts`, test: 'is lifted step by step, then checked' },
  },
  {
    name: 'letters-for-bytes',
    description: 'a payload is measured in letters, so that some may be four times as long as is allowed',
    patches: [
      {
        file: `${JOBS}/envelope.ts`,
        find: "const bytes = Buffer.byteLength(text ?? '');",
        replace: "const bytes = (text ?? '').length;",
      },
    ],
    detectedBy: { spec: `${JOBS}/envelope.spec.ts`, test: 'refuses a payload that is too long' },
  },
  {
    name: 'limit-holds-slot',
    description: 'an attempt that has had its time is waited for as long as its handler goes on',
    patches: [
      {
        file: `${JOBS}/bullmq/running-job.ts`,
        find: "if (code !== 'lock_lost') this.leaveHandler();",
        replace: "if (code === 'worker_shutdown') this.leaveHandler();",
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/running-job.spec.ts`, test: 'has failed by it, whatever the handler throws' },
  },
  {
    name: 'cancel-forgotten',
    description: 'a request to cancel a running job is not looked at when its attempt fails: it is tried again',
    patches: [
      {
        file: `${JOBS}/bullmq/cancelling.ts`,
        find: '!attempt.isCancelled && !(await this.isRequested(attempt.lease.bullId, log))',
        replace: '!attempt.isCancelled',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/cancelling.spec.ts`, test: 'ends a job that its worker has not been told of' },
  },
  {
    name: 'delay-unbounded',
    description: 'a delay may be so long that its time has no room in the order of the queue',
    patches: [
      {
        file: `${JOBS}/bullmq/order.ts`,
        find: 'isWhole(delayMs, 0, DELAY_MAX_MS)',
        replace: 'isWhole(delayMs, 0, Number.MAX_VALUE)',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/order.spec.ts`, test: 'takes no delay of 31536000001' },
  },
  {
    name: 'swept-once',
    description: 'jobs past their retention are looked for at the start of a worker alone',
    patches: [
      {
        file: `${JOBS}/bullmq/sweep.ts`,
        find: 'while (!signal.aborted) {',
        replace: 'for (let n = 0; n < 1; n += 1) {',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/sweep.spec.ts`, test: 'goes on until nothing is left' },
  },
  {
    name: 'kept-by-worker-clock',
    description:
      'a job is kept from a time that its worker says, so that a clock which is behind takes its result away',
    patches: [
      {
        file: `${JOBS}/bullmq/redis-time.ts`,
        find: 'source.replace(OF_WORKER, () => OF_REDIS)',
        replace: 'source',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/retention.integration.spec.ts',
      test: 'is counted by the clock of Redis, whatever that of a worker says',
    },
  },
  {
    name: 'handlers-unasked',
    description: 'a worker boots without a handler for one of its queues',
    patches: [
      {
        file: `${JOBS}/nest/processors.ts`,
        find: 'if (allRequired && missing.length > 0)',
        replace: 'if (allRequired && missing.length < 0)',
      },
    ],
    detectedBy: { spec: `${JOBS}/nest/processors.spec.ts`, test: 'refuses a queue with none' },
  },
  {
    name: 'fault-ends-sweep',
    description: 'a refusal by Redis ends the removal of jobs past their retention for good',
    patches: [
      {
        file: `${JOBS}/bullmq/sweep.ts`,
        find: "      this.log.debug({ err: errorOf(error) }, 'ended jobs could not be removed');",
        replace: '      this.stop();',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/sweep.spec.ts`, test: 'goes on until nothing is left' },
  },
  {
    name: 'functions-left-out',
    description: 'a result with a function in it is kept without it',
    patches: [
      {
        file: 'libs/errors/src/json-text.ts',
        find: 'return JSON.stringify(value, writable)',
        replace: 'return JSON.stringify(value)',
      },
    ],
    detectedBy: { spec: 'libs/errors/src/json-text.spec.ts', test: 'says what is wrong with a function inside' },
  },
];
