import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { type Discovery, openDiscovery, originOf } from '../src/index.ts';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';

/** For `until`: only a test that fails waits so long. */
const WITHIN_MS = 20_000;
const root = resolve(import.meta.dirname, '../../..');
const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
const [, example = ''] = /```ts run-by=\S+\n([\s\S]*?)```/.exec(readme) ?? [];
const { NODE_OPTIONS: _, ...env } = process.env;

describeWithConsul('the Nest application in README, as a process', () => {
  const [shop, prices] = [ownService(), ownService()];
  let folder: string;
  let server: Server;
  let discovery: Discovery;
  const children = new Set<ChildProcess>();

  /** The application of README, over this repository's adapter. */
  function program(): string {
    const edits = [
      ['create(AppModule)', 'create(AppModule, new FastifyAdapter(), { logger: false })'],
      ["service: 'shop'", `service: '${shop}', address: '127.0.0.1'`],
      ["InjectUpstream('prices')", `InjectUpstream('${prices}')`],
      ["forFeature(['prices'])", `forFeature(['${prices}'])`],
      ['process.env.PORT ?? 3000', "0, '127.0.0.1'"],
    ] as const;
    const edited = edits.reduce((code, [from, to]) => {
      expect(code).toContain(from);
      return code.replace(from, to);
    }, example);
    return `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${edited}process.send?.(await app.getUrl());\n`;
  }

  async function startShop(): Promise<{ url: string; child: ChildProcess }> {
    const child = spawn(process.execPath, [join(folder, 'main.js')], {
      env: { ...env, CONSUL_HTTP_ADDR: sharedConsul() },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    endWithOwner(child);
    children.add(child);
    const [url] = (await once(child, 'message')) as [string];
    return { url, child };
  }

  const entries = () => discovery.upstreams.of(shop).instances().instances;

  beforeAll(async () => {
    // Within the repository, so that its packages are found.
    mkdirSync(join(root, 'dist'), { recursive: true });
    folder = mkdtempSync(join(root, 'dist/.readme-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'main.ts'), program());
    const cli = join(root, 'node_modules/rolldown/bin/cli.mjs');
    const settings = ['--platform', 'node', '--format', 'esm', '--tsconfig', join(root, 'tsconfig.base.json')];
    const bundle = [cli, join(folder, 'main.ts'), '--dir', folder, ...settings];
    await promisify(execFile)(process.execPath, bundle, { cwd: root, env });
    server = createServer((_request, response) => response.end('17')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    discovery = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
    const who = { service: prices, slot: '1', epoch: 1, version: '1', instanceName: 'prices-1', address: '127.0.0.1' };
    const registration = discovery.registration({ ...who, port, ports: { rpc: null, control: null, metrics: null } });
    registration.announce();
    await discovery.upstreams.of(shop).ready();
  }, 120_000);
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });
  afterAll(async () => {
    for (const service of [shop, prices])
      for (const { id } of await discovery.registrar.list(service)) await discovery.registrar.deregister(id);
    discovery?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found where it listens and calls another, and a SIGTERM under load loses no request', async () => {
    const { url, child } = await startShop();
    await until(() => entries().length === 1, WITHIN_MS);
    const [entry] = entries();
    expect(entry).toMatchObject({
      health: 'passing',
      port: Number(new URL(url).port),
      meta: { check_path: '/health' },
    });

    const other = await startShop();
    await until(() => entries().length === 2, WITHIN_MS);
    const web = discovery.upstreams.of(shop);
    const call = () =>
      web.call(async (instance, signal) => (await fetch(originOf(instance), { signal })).text(), {
        deadlineMs: WITHIN_MS,
        attempts: 2,
      });
    // Each of them has found the other service.
    for (const origin of [url, other.url])
      await until(async () => (await (await fetch(origin)).text()) === '17', WITHIN_MS);
    const answers: Promise<string>[] = [];
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    while (child.exitCode === null && child.signalCode === null) {
      answers.push(call());
      await answers.at(-1);
    }
    expect(await gone).toEqual([null, 'SIGTERM']);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['17']));
    await until(() => entries().length === 1, WITHIN_MS);
    expect(entries()).toMatchObject([{ port: Number(new URL(other.url).port) }]);
  });
});
