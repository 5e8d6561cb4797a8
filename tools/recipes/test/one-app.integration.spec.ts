import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Discovery, openDiscovery } from '@nestfleet/discovery';
import { until } from '@nestfleet/timing';
import { bundleRecipe, type Recipe, type Replica } from './recipe.ts';

const WITHIN_MS = 30_000;
const TEST_WITHIN_MS = 120_000;
const consul = process.env['CONSUL_HTTP_ADDR'] ?? '';
const redisUrl = process.env['REDIS_URL'] ?? '';
/** More than the app allows in ten seconds. */
const REQUESTS = 150;

let recipe: Recipe;
let prices: Server;
let discovery: Discovery;
let replicas: readonly Replica[];
let cookie = '';

async function ask(replica: Replica, path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }) };
  const response = await fetch(`${replica.url}${path}`, { ...options, headers });
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  return response;
}

const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();
const makeReport = async (replica: Replica, pages: number): Promise<string> => {
  const made = await json(ask(replica, '/reports', { method: 'POST', body: JSON.stringify({ pages }) }));
  return (made as { id: string }).id;
};
const isReportAt = async (replica: Replica, id: string, state: string): Promise<boolean> =>
  ((await json(ask(replica, `/reports/${id}`))) as { state?: string }).state === state;
const entries = () =>
  discovery.upstreams
    .of('shop')
    .instances()
    .instances.filter(({ health }) => health === 'passing');

beforeAll(async () => {
  prices = createServer((_request, response) => response.end('17')).listen(0, '127.0.0.1');
  await once(prices, 'listening');
  const { port } = prices.address() as AddressInfo;
  discovery = openDiscovery({ kind: 'consul', addresses: [consul] });
  const who = { service: 'prices', slot: '1', epoch: 1, version: '1', instanceName: 'prices-1', address: '127.0.0.1' };
  discovery.registration({ ...who, port, ports: { rpc: null, control: null, metrics: null } }).announce();
  recipe = await bundleRecipe('one-app');
  const settings = { REDIS_URL: redisUrl, CONSUL_HTTP_ADDR: consul, NAMESPACE: `test-${randomUUID()}` };
  replicas = await Promise.all([recipe.start(settings), recipe.start(settings)]);
  await until(() => entries().length === 2, WITHIN_MS, { what: 'both replicas in the catalog' });
}, 150_000);
afterAll(async () => {
  await recipe?.end();
  for (const service of ['shop', 'prices'])
    for (const { id } of (await discovery?.registrar.list(service)) ?? []) await discovery.registrar.deregister(id);
  discovery?.close();
  prices?.close();
});

describe('the page of all modules in one app', () => {
  it(
    'has one session, one queue and one catalog over its replicas',
    async () => {
      const [one, other] = replicas as [Replica, Replica];
      for (const [index, replica] of [one, other, one, other].entries())
        expect(await json(ask(replica, '/'))).toEqual({ views: index + 1 });
      for (const replica of replicas) {
        await until(async () => (await ask(replica, '/price')).ok, WITHIN_MS);
        expect(await (await ask(replica, '/price')).text()).toBe('17');
        const healthy = { state: { status: 'up' }, jobs: { status: 'up' }, discovery: { status: 'up' } };
        expect(await json(ask(replica, '/healthz'))).toMatchObject(healthy);
      }
      const id = await makeReport(one, 2);
      await until(() => isReportAt(other, id, 'completed'), WITHIN_MS, { what: 'the end of the job' });
    },
    TEST_WITHIN_MS,
  );

  it(
    'loses nothing at SIGTERM, and counts requests over its replicas',
    async () => {
      const [one, other] = replicas as [Replica, Replica];
      const id = await makeReport(one, 20);
      await until(() => isReportAt(other, id, 'active'), WITHIN_MS, { what: 'the start of the job' });
      one.child.kill('SIGTERM');
      const statuses: number[] = [];
      while ((await fetch(`${one.url}/readyz`)).ok || statuses.length < REQUESTS)
        statuses.push((await ask(one, '/')).status);
      expect(new Set(statuses)).toEqual(new Set([200, 429]));
      expect((await ask(other, '/')).status).toBe(429);
      expect(await one.exited).toEqual([0, null]);
      await until(() => entries().length === 1, WITHIN_MS, { what: 'the end of its entry' });
      await until(() => isReportAt(other, id, 'completed'), WITHIN_MS, { what: 'the end of the job' });
      await until(async () => (await ask(other, '/')).ok, WITHIN_MS, { what: 'the end of the throttling' });
      const views = 4 + statuses.filter((status) => status === 200).length + 2;
      expect(await json(ask(other, '/'))).toEqual({ views });
    },
    TEST_WITHIN_MS,
  );
});
