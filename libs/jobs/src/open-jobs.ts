import { hostname } from 'node:os';
import { type JobDescriptor, jobDescriptors } from '@nestfleet/contracts';
import { connectRedis, keySpace } from '@nestfleet/redis';
import { createBacklogs } from './bullmq/backlogs.ts';
import { createCommands } from './bullmq/commands.ts';
import { producerConnection, workerConnection } from './bullmq/connection.ts';
import { startConsumer } from './bullmq/consumer.ts';
import { createDeadLetters } from './bullmq/dead-letters.ts';
import { createEffects } from './bullmq/effects.ts';
import { createLedger } from './bullmq/ledger.ts';
import { createProducer } from './bullmq/producer.ts';
import { openQueueSet } from './bullmq/queue-set.ts';
import { RefusalLines } from './bullmq/refusals.ts';
import { Solo } from './bullmq/solo.ts';
import type { Consumer } from './consumer.ts';
import { JobsError } from './errors.ts';
import type { Jobs, JobsOptions } from './jobs.ts';
import { silentLog } from './log.ts';
import { defineQueue } from './queue.ts';

/** Less leaves a worker that is short of CPU no time to renew its locks. */
const VISIBILITY_MIN_MS = 1_000;
const VISIBILITY_MS = 30_000;
const DEATHS_MAX = 3;

const contractQueues = () => Object.values<JobDescriptor>(jobDescriptors).map((descriptor) => defineQueue(descriptor));

/**
 * Opens the jobs of a namespace over BullMQ. Connects in the background and for ever: answers before Redis is there, see
 * `ready()`. One connection enqueues and reads; consumers get theirs with the first `consume`.
 */
export function openJobs(options: JobsOptions): Jobs {
  const {
    namespace,
    log = silentLog,
    instanceName = hostname(),
    visibilityMs = VISIBILITY_MS,
    deathsMax = DEATHS_MAX,
  } = options;
  if (!(visibilityMs >= VISIBILITY_MIN_MS))
    throw new TypeError(`visibilityMs must be at least ${VISIBILITY_MIN_MS}, is ${visibilityMs}`);
  // As its other keys are: a user of jobs alone may have no more.
  const probeKey = (tag: string) => `${keySpace(namespace).queue(tag)}:`;
  const redis = connectRedis({ ...options.redisAccess, url: options.redisUrl, namespace, log, probeKey });
  const connection = producerConnection(redis);
  const queues = openQueueSet(options.queues ?? contractQueues(), namespace, connection);
  const commands = createCommands(redis);
  const ledger = createLedger(queues, commands);
  const solo = new Solo();
  const refusalLines = new RefusalLines();
  const consumers = new Map<string, Consumer>();
  let forWorkers: ReturnType<typeof workerConnection> | undefined;

  return {
    queues: queues.all.map(({ queue }) => queue),
    ...createProducer(queues, commands),
    ...ledger,
    ...createBacklogs(queues, commands),
    ...createDeadLetters(queues, commands, { redis, find: (id) => ledger.find(id) }),
    ...createEffects(queues, commands, redis),
    consume(queue, handler, consumeOptions = {}) {
      const { keys } = queues.get(queue.name);
      const { name } = queue;
      if (consumers.has(name)) throw new JobsError('handler_exists', `Queue "${name}" has a handler in this process`);
      forWorkers ??= workerConnection(redis);
      const waiting = () => commands.takeable(keys);
      const keepAtMostMs = () => commands.keepAtMostMs(keys.completed);
      const times = { visibilityMs, deathsMax };
      const common = {
        keys,
        instanceName,
        log,
        ...times,
        solo,
        refusalLines,
        waiting,
        keepAtMostMs,
        connection: forWorkers,
      };
      const onClosed = () => consumers.delete(name);
      const consumer = startConsumer({ ...common, queue, handler, options: consumeOptions, onClosed });
      consumers.set(name, consumer);
      return consumer;
    },
    requireHandlers(required = queues.all.map(({ queue }) => queue)) {
      const missing = required.map(({ name }) => name).filter((name) => !consumers.has(name));
      if (missing.length > 0) throw new JobsError('handler_missing', `No handler of ${missing.join(', ')}`);
    },
    ready: () => redis.ready(),
    ping: () => commands.ping(),
    checkWrites: () => commands.checkWrites(),
    async close() {
      await Promise.all([...consumers.values()].map((consumer) => consumer.close(0)));
      forWorkers?.disconnect();
      await redis.close();
    },
  };
}
