import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTROL_PATTERNS, controlChange, controlDescription, demoJob } from '@nestfleet/contracts';
import { type Discovery, type Instance, openDiscovery } from '@nestfleet/discovery';
import { DiscoveredClient } from '@nestfleet/discovery/nest';
import { until } from '@nestfleet/timing';
import { defineQueue, type Jobs, openJobs } from '@nestfleet/jobs';
import {
  createLogger,
  createMetrics,
  identify,
  Lifecycle,
  loadConfig,
  type RunningService,
  shutdown,
  startService,
} from '@nestfleet/service';
import { compose } from '../src/compose.ts';
import { workerConfig } from '../src/worker.config.ts';

const consul = process.env['CONSUL_HTTP_ADDR'];
const redis = process.env['REDIS_URL'];
const isThere = consul !== undefined && redis !== undefined;
if (!isThere && process.env['CI']) throw new Error('CONSUL_HTTP_ADDR AND REDIS_URL: run this by its nx target');
if (!isThere) console.warn('CONSUL_HTTP_ADDR OR REDIS_URL IS NOT SET: DRAINING A WORKER IS NOT TESTED');
const withServers = isThere ? describe : describe.skip;

const token = randomUUID();
const slot = randomUUID().slice(0, 8);
const environment = {
  CONSUL_HTTP_ADDR: consul,
  REDIS_URL: redis,
  NAMESPACE: `t-${slot}`,
  SLOT: slot,
  LOG_LEVEL: 'silent',
  PORT: '0',
  METRICS_PORT: '0',
  CONTROL_PORT: '0',
  CONTROL_TOKEN: token,
};

/** The worker as its main file boots it, in this process. */
async function startWorker(changes: Partial<typeof environment> = {}) {
  const config = loadConfig(workerConfig, { ...environment, ...changes });
  const identity = identify('worker', '1.0.0', config, { hostname: 'box', pid: process.pid, nowMs: Date.now() });
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, 'silent');
  const metrics = createMetrics(identity, lifecycle);
  const spec = { name: 'worker', version: '1.0.0', title: 'worker', description: 'x', config: workerConfig };
  const running = await startService({ ...spec, compose }, { config, identity, lifecycle, log, metrics });
  return { id: identity.instanceId, lifecycle, running };
}

const silent = { info: () => undefined, warn: () => undefined };
const stop = ({ lifecycle, running }: { lifecycle: Lifecycle; running: RunningService }): Promise<number> =>
  shutdown({
    ...running,
    lifecycle,
    timeouts: { drainDelayMs: 0, inFlightMs: 10_000, finishMs: 5_000, hardMs: 20_000 },
    log: silent,
    drainDelay: () => ({ over: true, why: 'time' }),
    sleep: (ms) => sleep(ms),
    nowMs: () => performance.now(),
  });

withServers('a worker over a real Consul and a real Redis', () => {
  const demo = defineQueue(demoJob);
  let worker: Awaited<ReturnType<typeof startWorker>>;
  let discovery: Discovery;
  let control: DiscoveredClient;
  let jobs: Jobs;
  /** A worker with a queue of its own: the measure of the time in which a job is taken here and now. */
  let beside: typeof worker;
  let besideJobs: Jobs;

  const listed = (): Instance | undefined =>
    discovery.upstreams
      .of('worker')
      .instances()
      .instances.find(({ id }) => id === worker.id);
  const ask = (pattern: string): Promise<unknown> =>
    control.send(pattern, { token, instance_id: worker.id }, { deadlineMs: 20_000, to: worker.id });
  const order = async (pattern: string) => controlChange.parse(await ask(pattern));
  const ready = async (): Promise<number> => (await fetch(`http://127.0.0.1:${listed()?.port}/readyz`)).status;
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;

  beforeAll(async () => {
    jobs = openJobs({ redisUrl: redis ?? '', namespace: environment.NAMESPACE });
    discovery = openDiscovery({ kind: 'consul', addresses: [consul ?? ''] });
    control = new DiscoveredClient(discovery, 'worker', { port: 'control_port' });
    [worker, beside] = [
      await startWorker(),
      await startWorker({ NAMESPACE: `${environment.NAMESPACE}-b`, SLOT: `${slot}b` }),
    ];
    besideJobs = openJobs({ redisUrl: redis ?? '', namespace: `${environment.NAMESPACE}-b` });
    await Promise.all([jobs.ready(), besideJobs.ready(), discovery.upstreams.of('worker').ready()]);
    await until(() => listed()?.health === 'passing', 20_000);
  });
  afterAll(async () => {
    if (!worker.lifecycle.isShuttingDown) await stop(worker);
    control.onApplicationShutdown();
    discovery?.close();
    await stop(beside);
    await Promise.all([jobs?.close(), besideJobs?.close()]);
  });

  it('names its control port in the catalog, and describes itself there', async () => {
    expect(Number(listed()?.meta['control_port'])).toBeGreaterThan(0);
    const described = controlDescription.parse(await ask(CONTROL_PATTERNS.describe));
    expect(described).toMatchObject({ service: 'worker', instance_id: worker.id, phase: 'serving', upstreams: [] });
  });

  it('goes out of service and takes no job, comes back and takes it, any number of times', async () => {
    for (let round = 0; round < 2; round += 1) {
      for (let twice = 0; twice < 2; twice += 1)
        expect(await order(CONTROL_PATTERNS.drain)).toEqual({
          instance_id: worker.id,
          phase: 'drained',
          catalog: 'told',
        });
      await until(() => listed()?.health === 'maintenance', 20_000);
      expect(await ready()).toBe(404);
      const { id } = await jobs.enqueue(demo, { job: `round ${round}` });
      // A job that a fetch under way has brought is put back; one that nobody took stays.
      for (let n = 0; n < 10; n += 1) {
        const other = await besideJobs.enqueue(demo, { job: `beside ${round} ${n}` });
        await until(async () => (await besideJobs.find(other.id))?.job.state === 'completed', 20_000);
      }
      await until(async () => (await stateOf(id)) === 'waiting', 20_000);

      expect(await order(CONTROL_PATTERNS.undrain)).toEqual({
        instance_id: worker.id,
        phase: 'serving',
        catalog: 'told',
      });
      await until(async () => (await stateOf(id)) === 'completed', 20_000);
      await until(() => listed()?.health === 'passing', 20_000);
      expect(await ready()).toBe(200);
    }
  });

  it('shuts down from a drain as from anything else: the entry goes, nothing is cut', async () => {
    await order(CONTROL_PATTERNS.drain);
    expect(await stop(worker)).toBe(0);
    await until(() => listed() === undefined, 20_000);
  });
});
