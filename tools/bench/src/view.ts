import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openDiscovery, type Discovery, type Health, type ServiceDefinition } from '@nestfleet/discovery';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { findConsul } from '../../fleet/src/programs.ts';
import { percentile, shortOf, type Bench } from './report.ts';

const ROUNDS = 20;
const PATIENCE_MS = 10_000;
/** Changes further apart than a watch asks again: what is measured is the way of one change, not the pace of many. */
const BETWEEN_MS = 300;
const P50_MAX_MS = 50;

const STEPS = ['register', 'maintenance', 'deregister'] as const;
type Step = (typeof STEPS)[number];

/** When the watcher first saw the instance like this; undefined health: not at all. */
async function seen(watcher: Discovery, service: string, id: string, health: Health | undefined): Promise<number> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const { instances } of watcher.catalog.watch(service, signal)) {
    if (instances.find((instance) => instance.id === id)?.health === health) return performance.now();
  }
  throw new Error(`${id} was not ${health ?? 'gone'} within ${PATIENCE_MS} ms`);
}

export async function runView(rounds = ROUNDS): ReturnType<Bench['run']> {
  const agent = await startConsulAgent({ binary: (await findConsul()).path });
  const readyz = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(readyz, 'listening');
  const { port } = readyz.address() as AddressInfo;
  const open = (): Discovery => openDiscovery({ kind: 'consul', addresses: [agent.address] });
  // The replica and its watcher share nothing but Consul.
  const [replica, watcher] = [open(), open()];
  const service = 'bench';
  const upstream = watcher.upstreams.of(service);
  await upstream.ready();

  const tookMs: Record<Step, number[]> = { register: [], maintenance: [], deregister: [] };
  async function time(step: Step, id: string, health: Health | undefined, change: () => unknown): Promise<void> {
    await pause(BETWEEN_MS);
    const sees = seen(watcher, service, id, health);
    const startMs = performance.now();
    const changed = change();
    tookMs[step].push((await sees) - startMs);
    await changed;
  }
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const definition: ServiceDefinition = {
        service,
        slot: '1',
        epoch: round,
        version: '1.0.0',
        instanceName: 'bench-1',
        address: '127.0.0.1',
        port,
        ports: { rpc: null, control: null, metrics: null },
      };
      const registration = replica.registration(definition);
      const id = `${service}-1-${round}`;
      await time('register', id, 'passing', () => registration.announce());
      await time('maintenance', id, 'maintenance', () => registration.maintenance(true));
      await time('deregister', id, undefined, () => registration.withdraw());
    }
  } finally {
    replica.close();
    watcher.close();
    readyz.closeAllConnections();
    readyz.close();
    await agent.stop();
  }
  return {
    table: [
      [`${rounds} times, Consul ${agent.version}`, 'p50 ms', 'max ms'],
      ...STEPS.map((step) => [step, shortOf(percentile(tookMs[step], 0.5)), shortOf(Math.max(...tookMs[step]))]),
    ],
    bounds: STEPS.map((step) => ({
      what: `p50 of ${step}`,
      value: percentile(tookMs[step], 0.5),
      max: P50_MAX_MS,
      unit: 'ms',
    })),
  };
}

export const view: Bench = {
  name: 'view',
  shows: 'from a change at a replica until another one sees it, over a real Consul',
  run: () => runView(),
  short: () => runView(1),
};
