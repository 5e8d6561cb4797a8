import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { topology } from '@nestfleet/contracts';
import { until as poll } from '@nestfleet/timing';
import { ask, type Reply } from './fleet/ask.ts';
import { describeWithConsul } from './fleet/consul-tier.ts';
import { startWholeGateway } from './fleet/whole-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'nestfleet-builds-'));

/** A build whose page asks for one asset, which has its name. */
function build(name: string): string {
  const dir = join(folder, name);
  mkdirSync(join(dir, 'assets'), { recursive: true });
  writeFileSync(join(dir, 'index.html'), `<script src="/assets/${name}.js"></script>`);
  writeFileSync(join(dir, 'assets', `${name}.js`), `${name}();`);
  writeFileSync(join(dir, 'assets', `${name}.js.gz`), 'compressed');
  return dir;
}

describeWithConsul('two gateways of different builds', () => {
  let agent: Awaited<ReturnType<typeof startConsulAgent>>;
  const gateways: Awaited<ReturnType<typeof startWholeGateway>>[] = [];
  const get = (at: number, path: string, headers = {}): Promise<Reply> => ask(gateways[at]!.port, path, { headers });

  const known = async (at: number): Promise<number> => {
    const { services } = topology.parse(JSON.parse((await get(at, '/topology')).body));
    return services.find(({ name }) => name === 'frontend-gateway')?.instances.length ?? 0;
  };

  beforeAll(async () => {
    agent = await startConsulAgent();
    for (const name of ['before', 'after']) {
      const own = { INSTANCE_NAME: name, SLOT: name, DASHBOARD_DIR: build(name) };
      gateways.push(await startWholeGateway({ CONSUL_HTTP_ADDR: agent.address, ...own }));
    }
    await poll(async () => (await known(0)) === 2 && (await known(1)) === 2, 20_000);
  });
  afterAll(async () => {
    await Promise.all(gateways.map((each) => each.close()));
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  it('have the assets of both, as the one that has them sends them', async () => {
    for (const at of [0, 1])
      for (const name of ['before', 'after']) {
        const plain = await get(at, `/assets/${name}.js`);
        expect([plain.status, plain.body]).toEqual([200, `${name}();`]);
        expect(plain.headers).toMatchObject({
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': 'public, max-age=31536000, immutable',
        });
        const coded = await get(at, `/assets/${name}.js`, { 'accept-encoding': 'gzip' });
        expect([coded.body, coded.headers['content-encoding']]).toEqual(['compressed', 'gzip']);
      }
  });

  it('say 404 for what neither has, and for what a peer asks for', async () => {
    expect((await get(0, '/assets/other.js')).status).toBe(404);
    expect((await get(0, '/assets/after.js', { 'x-asset-peer': 'true' })).status).toBe(404);
  });

  it('reach nothing else of each other', async () => {
    for (const path of ['/assets/../topology', '/assets/%2e%2e/topology', '/assets/', '/assets/..', '/assets/a/b.js'])
      expect([path, (await get(0, path)).status]).toEqual([path, 404]);
  });
});
