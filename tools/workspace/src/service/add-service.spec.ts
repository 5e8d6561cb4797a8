import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Tree } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree.js';
import { parse } from 'yaml';
import { addService as runAddService } from './add-service.ts';
import type { AddServiceOptions } from './options.ts';
import { COMPOSE_FILES } from './compose-files.ts';
import { removeService } from './remove-service.ts';
import { TABLE_FILE, takenIn } from './table.ts';

const root = resolve(import.meta.dirname, '../../../..');
const EDITED = [TABLE_FILE, 'package-lock.json', ...COMPOSE_FILES];

/** This repository, with changes that stay in memory. */
let tree: Tree;
const read = (file: string): string => tree.read(file, 'utf8') ?? '';
beforeEach(() => {
  tree = new FsTree(root, false);
});

/** Of a file that cannot be parsed only a warning tells. */
async function addService(options: AddServiceOptions): Promise<void> {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  await runAddService(tree, options);
  expect(warn).not.toHaveBeenCalled();
}

type Composed = Record<string, unknown>;
const service = (file: string, name: string): Composed =>
  (parse(read(`deploy/${file}`), { merge: true }) as { services: Record<string, Composed> }).services[name]!;

describe('addService', () => {
  it('declares the service in the table', async () => {
    await addService({ name: 'zz-sample', route: '/zz-sample', queue: 'zz-invoice' });
    const before = takenIn(readFileSync(join(root, TABLE_FILE), 'utf8'));
    const { names, prefixes, ports } = takenIn(read(TABLE_FILE));
    expect(names).toEqual(expect.arrayContaining([...before.names, 'zz-sample', 'gateway']));
    expect(prefixes).toEqual([...before.prefixes, '/zz-sample']);
    expect(before.ports).not.toContain(ports.at(-1));
    expect(read(TABLE_FILE)).toContain("withIdempotencyKey('POST', '/zz-invoices')");
  });

  it('makes a container in the base, which each edge proxy waits for', async () => {
    await addService({ name: 'zz-sample-desk', queue: 'zz-invoice' });
    expect(service('compose.yaml', 'zz-sample-desk')).toMatchObject({
      image: 'nestfleet/zz-sample-desk:${NESTFLEET_TAG:-dev}',
      environment: { STOP_GRACE_MS: 31_000 },
      stop_grace_period: '31s',
      secrets: ['control_token', 'redis_url'],
    });
    for (const balancer of ['gateway', 'haproxy', 'haproxy-consul', 'traefik', 'traefik-consul'])
      expect(service(`compose.${balancer}.yaml`, 'zz-sample-desk')).toMatchObject({
        environment: { BALANCER: balancer },
      });
    expect(service('compose.haproxy.yaml', 'edge-proxy')).toMatchObject({
      environment: { ZZ_SAMPLE_DESK_SLOTS: '${ZZ_SAMPLE_DESK_SLOTS:-12}' },
      depends_on: { 'zz-sample-desk': { condition: 'service_healthy' } },
    });
    expect(service('traefik/edge-proxy.yaml', 'edge-proxy')).toHaveProperty('depends_on.zz-sample-desk');
  });

  it('counts the jobs of its queue by the metrics that the worker has', async () => {
    await addService({ name: 'zz-sample', queue: 'zz-invoice' });
    expect(read('apps/zz-sample/src/compose.ts')).toContain('metrics: new JobMetrics(metrics.registry)');
    expect(read('apps/zz-sample/src/zz-sample.module.ts')).toMatch(
      /JobsModule\.forRoot\(\{ jobs, onSettled: metrics\.count,/,
    );
    expect(read('apps/zz-sample/test/zz-sample.integration.spec.ts')).toContain('_jobs_processed_total');
  });

  it('runs the jobs of its queue by a provider that Nest finds, as the README of jobs has it', async () => {
    await addService({ name: 'zz-sample', queue: 'zz-invoice' });
    expect(read('apps/zz-sample/src/zz-invoices/zz-invoice.processor.ts')).toMatch(
      /^@Processor\(zzInvoiceQueue\)\nexport class ZzInvoiceProcessor implements JobProcessor</m,
    );
    expect(read('apps/zz-sample/src/zz-sample.module.ts')).toMatch(/providers: \[[^\]]*, ZzInvoiceProcessor\]/);
    const composed = read('apps/zz-sample/src/compose.ts');
    expect(composed).toContain('app.get(JobConsumers)');
    expect(composed).not.toContain('.consume(');
  });

  it('says in its README how to run it, and under which route', async () => {
    await addService({ name: 'zz-sample', route: '/zz-bills', queue: 'zz-invoice' });
    const text = read('apps/zz-sample/README.md');
    expect(text.match(/^#+ .+/gm)).toEqual(['# zz-sample', '## Usage', '## Guarantees', '## Operations']);
    expect(text).toMatch(/^nx serve zz-sample .*\nmake up .*\/zz-bills$/m);
    expect(text).toContain('`POST /zz-invoices`');
  });

  it('without a queue needs no Redis', async () => {
    await addService({ name: 'zz-sample' });
    expect(read('apps/zz-sample/src/compose.ts')).not.toContain('Redis');
    expect(read('deploy/compose.yaml')).toMatch(/ {2}zz-sample:\n(?: {4}.*\n)*? {4}depends_on: \{ consul: /);
    expect(tree.exists('apps/zz-sample/src/whoami/whoami.controller.ts')).toBe(true);
  });

  it.each([
    { name: 'zz-sample', queue: 'zz-invoice' },
    { name: 'zz-sample' },
    { name: 'zz-sample-desk', route: '/zz-bills' },
  ])('leaves no trace of %j once it is removed', async (options) => {
    const before = EDITED.map(read);
    await addService(options);
    expect(EDITED.filter((file, at) => read(file) === before[at])).toEqual([]);
    await removeService(tree, options);
    for (const [at, file] of EDITED.entries()) expect(`${file}\n${read(file)}`).toBe(`${file}\n${before[at]}`);
    expect(tree.listChanges().filter(({ type }) => type === 'CREATE')).toEqual([]);
  });

  it('removes one of two, and leaves the other', async () => {
    await addService({ name: 'zz-sample' });
    await addService({ name: 'zz-shop' });
    const [port, next] = takenIn(read(TABLE_FILE)).ports.slice(-2);
    expect(next).toBe(port! + 1);
    await removeService(tree, { name: 'zz-sample' });
    expect(EDITED.filter((file) => !read(file).includes('zz-shop') || read(file).includes('  zz-sample:'))).toEqual([]);
  });
});

describe('removeService', () => {
  it('takes out what was edited since, with the comments in it', async () => {
    const before = read('deploy/compose.yaml');
    await addService({ name: 'zz-sample' });
    const edited = read('deploy/compose.yaml')
      .replace('  zz-sample:', '  zz-sample: # ours')
      .replace(/( {2}zz-sample:[^]*?METRICS_PORT: 9464\n)/, '$1#      LOG_LEVEL: debug\n      LOG_LEVEL: info\n');
    expect(edited).toMatch(/# ours[^]*\n# {6}LOG_LEVEL/);
    tree.write('deploy/compose.yaml', edited);
    await removeService(tree, { name: 'zz-sample' });
    expect(read('deploy/compose.yaml')).toBe(before);
  });

  it('refuses where something else would go with it', async () => {
    await addService({ name: 'zz-sample' });
    const file = 'deploy/compose.gateway.yaml';
    tree.write(file, read(file).replace('  zz-sample:', '  "zz-sample":'));
    await expect(removeService(tree, { name: 'zz-sample' })).rejects.toThrow(`${file} was edited`);
  });

  it.each([
    ['zz-sample', 'there is no service zz-sample'],
    ['api', 'api is named by other code'],
  ])('refuses %s', async (name, words) => {
    await expect(removeService(tree, { name })).rejects.toThrow(words);
  });
});
