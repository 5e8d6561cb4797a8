import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enqueued, job } from '@nestfleet/contracts';
import { blocksRunBy } from '../../checks/src/code-blocks.ts';
import { findHaproxy } from '../../fleet/src/programs.ts';
import { ask } from '../src/client/http-client.ts';
import { until } from '../src/client/until.ts';
import { Fleet, run } from '../src/driver/make-fleet.ts';
import { changedFiles, copyWorkspace } from '../src/driver/workspace-copy.ts';

const hasHaproxy = await findHaproxy().then(
  () => true,
  () => false,
);
const BALANCER = hasHaproxy ? 'haproxy-consul' : 'gateway';
if (!hasHaproxy) console.warn('HAPROXY IS MISSING: A GENERATED SERVICE IS NOT SERVED THROUGH IT');

const lines = blocksRunBy(import.meta.filename).flatMap(({ code }) => code.trim().split('\n'));
const lineOf = (part: string): string => {
  const found = lines.find((line) => line.includes(part));
  if (found === undefined) throw new Error(`the README of tools/workspace has no line with "${part}"`);
  return found;
};

describe('a service that is made by the generator', () => {
  let copy: string;
  let fleet: Fleet;
  /** A line as it is typed in the root of the copy. */
  const type = async (line: string, more: Record<string, string> = {}): Promise<string> => {
    // What this tier was started with is none of the copy's business.
    const { NODE_OPTIONS: _, TEST_TIER: __, REDIS_URL: ___, CONSUL_HTTP_ADDR: ____, ...env } = process.env;
    const path = `${copy}/node_modules/.bin:${env['PATH'] ?? ''}`;
    const { code, output } = await run(
      'sh',
      ['-c', line],
      { ...env, PATH: path, NX_DAEMON: 'false', ENGINE: 'local', BALANCER, ...more },
      300_000,
      copy,
    );
    if (code !== 0) throw new Error(`${line} ended with ${code}:\n${output}`);
    return output;
  };

  beforeAll(async () => {
    copy = copyWorkspace();
    fleet = new Fleet();
    // Whoever has followed the README has one, and here it is made anew.
    if (existsSync(join(copy, 'apps/billing')))
      await type(`${lineOf(':remove-service ')} && git commit -qam 'without'`);
    await type(lineOf(':service '));
    // Not `make up`, which would install the packages once more.
    const counts = '--api=2 --gateway=1 --worker=1 --billing=2 --port=0';
    await type(`node tools/fleet/src/cli.ts up ${counts}`, { STACK_DIR: fleet.directory });
  }, 600_000);
  afterAll(async () => {
    await type('node tools/fleet/src/cli.ts down', { STACK_DIR: fleet.directory }).catch(() => undefined);
    rmSync(fleet.directory, { recursive: true, force: true });
    rmSync(copy, { recursive: true, force: true });
  }, 120_000);

  const hosts = hasHaproxy ? ['localhost', 'app.localhost'] : ['localhost'];

  it.each(hosts)('takes jobs and runs them, asked by the host name %s', async (host) => {
    const requestId = randomUUID();
    const headers = {
      host,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'x-request-id': requestId,
    };
    const post = () =>
      ask(`${fleet.url}/billing/invoices`, { method: 'POST', headers, body: '{"reference":"order-17"}' });
    const answer = await post();
    expect(answer.status).toBe(202);
    const { id, served_by } = enqueued.parse(JSON.parse(answer.text));
    expect(served_by).toMatch(/^billing-[12]$/);
    expect(enqueued.parse(JSON.parse((await post()).text))).toMatchObject({ id, outcome: 'existing' });
    const { value } = await until(
      'it has run',
      async () => {
        const found = job.parse(
          JSON.parse((await ask(`${fleet.url}/billing/invoices/${id}`, { headers: { host } })).text),
        );
        return found.state === 'completed' && found;
      },
      30_000,
    );
    expect(value).toMatchObject({ result: { reference: 'order-17' } });
    // HAProxy has a back end of its own for it; the gateway, which knows the prefix too, is on the way only by its own name.
    const isByGateway = !hasHaproxy || host === 'app.localhost';
    const isLogged = (): boolean =>
      readFileSync(join(fleet.directory, 'logs/gateway-1.log'), 'utf8').includes(requestId);
    if (isByGateway) await until('the gateway logs it', isLogged, 10_000);
    expect(isLogged()).toBe(isByGateway);
  });

  it('is a service like any other to the fleet', async () => {
    expect(fleet.ready('billing')).toHaveLength(2);
    const topology = JSON.parse((await ask(`${fleet.url}/topology`, { headers: { host: 'app.localhost' } })).text) as {
      services: { name: string; instances: unknown[] }[];
    };
    expect(topology.services.find(({ name }) => name === 'billing')?.instances).toHaveLength(2);
    await type('node tools/fleet/src/cli.ts scale --service=billing --count=1', { STACK_DIR: fleet.directory });
    expect(fleet.ready('billing')).toHaveLength(1);
  }, 120_000);

  it('passes the conformance suite through the edge proxy', async () => {
    const rows = 'services,health,rotation,session,jobs';
    const output = await type(`node tools/prove/src/conformance.ts --url ${fleet.url} --only ${rows}`);
    expect(output).toContain('billing under /billing');
    expect(output).toMatch(/^5 passed, 0 failed, 0 skipped$/m);
  }, 300_000);

  it('passes lint, types, the rules of the repository, and its own tests', async () => {
    const only = 'lint,typecheck,checks,unit,integration';
    const output = await type(`node tools/checks/src/pipeline.ts --only ${only} --project billing`);
    expect(output).toMatch(/^\d+ passed, 0 failed, 0 skipped$/m);
  }, 600_000);

  it('is gone without a trace when it is removed', async () => {
    expect(changedFiles(copy).length).toBeGreaterThan(20);
    await type(lineOf(':remove-service '));
    expect(changedFiles(copy)).toEqual([]);
  }, 300_000);
});
