import { describe } from '@jest/globals';
import { type Problem, problem } from '@nestfleet/contracts';
import {
  Lifecycle,
  type Metrics,
  createApp,
  createLogger,
  createMetrics,
  identify,
  loadConfig,
} from '@nestfleet/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import { apiConfig } from '../src/api.config.ts';
import { compose } from '../src/compose.ts';

export const redisUrl = process.env['REDIS_URL'];
if (redisUrl === undefined && process.env['CI']) throw new Error('REDIS_URL is not set: run this by its nx target');
if (redisUrl === undefined) console.warn('REDIS_URL IS NOT SET: THE API IS NOT TESTED AGAINST REDIS');
export const withRedis = redisUrl === undefined ? describe.skip : describe;

export const json = { 'content-type': 'application/json' };
export const problemOf = (answer: { body: string }): Problem => problem.parse(JSON.parse(answer.body));
/** Nobody else's keys. */
export const ownNamespace = (): string => `t-${randomUUID().slice(0, 8)}`;

export const opsToken = 'a-token-only-for-this-run';

export interface Replica {
  readonly app: NestFastifyApplication;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

/** @param write takes every line that is logged, of all levels; without it nothing is logged */
export async function openWithoutWaiting(
  environment: Record<string, string>,
  name: string,
  write?: (line: string) => void,
): Promise<Replica & { ready(): Promise<void> }> {
  const level = write === undefined ? 'silent' : 'trace';
  const settings = { ...environment, INSTANCE_NAME: name, OPS_TOKEN: opsToken, LOG_LEVEL: level };
  const config = loadConfig(apiConfig, settings);
  const identity = identify('api', '1.0.0', config, { hostname: 'box', pid: process.pid, nowMs: Date.now() });
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, level, write && { write });
  const metrics = createMetrics(identity, lifecycle);
  const context = { config, identity, lifecycle, log, metrics };
  const composition = compose(context);
  const shutdown = { inFlightMs: 1, finishMs: 0 };
  const spec = { name: 'api', version: '1.0.0', title: 'api', description: '', config: apiConfig, shutdown, compose };
  const app = await createApp(spec, context, composition);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return {
    app,
    metrics,
    ready: async () => {
      await composition.firstReady?.();
      lifecycle.ready();
    },
    close: async () => {
      await app.close();
      for (const step of composition.onClose ?? []) await step.run();
    },
  };
}

export async function open(
  environment: Record<string, string>,
  name: string,
  write?: (line: string) => void,
): Promise<Replica> {
  const replica = await openWithoutWaiting(environment, name, write);
  await replica.ready();
  return replica;
}
