import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerFleet, type ContainerFleet, SERVICE_NAMES } from '@nestfleet/contracts';
import { defaultCounts } from '../src/core/services.ts';
import { detectDocker } from '../src/docker/engine.ts';
import { newChoice } from '../src/docker/choice.ts';
import { dockerPaths } from '../src/docker/paths.ts';
import { namesOfFleet } from './expected-names.ts';

const answer = await detectDocker();
const unavailable = 'unavailable' in answer ? answer.unavailable : undefined;
if (unavailable !== undefined && process.env['CI']) throw new Error(`NO DOCKER ENGINE ANSWERS: ${unavailable}`);
if (unavailable !== undefined)
  console.warn(`NO DOCKER ENGINE ANSWERS: MAKE OVER CONTAINERS IS NOT TESTED. ${unavailable}`);
const withEngine = unavailable === undefined ? describe : describe.skip;

const cli = join(import.meta.dirname, '../src/cli.ts');
const dir = mkdtempSync(join(tmpdir(), 'nestfleet-docker-'));
const root = join(import.meta.dirname, '../../..');
const { project } = newChoice({ root, options: {} }, dockerPaths(dir), {});

/** A command behind make, with the settings that a person gives it. */
async function make(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; text: string }> {
  const { NODE_OPTIONS: _, NESTFLEET_TAG: __, SECRETS_DIR: ___, ...outer } = process.env;
  const child = spawn(process.execPath, [cli, ...args], { env: { ...outer, STACK_DIR: dir, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, text };
}
async function must(...args: readonly string[]): Promise<string> {
  const { code, text } = await make(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${text}`);
  return text;
}
const fleet = async (): Promise<ContainerFleet> => containerFleet.parse(JSON.parse(await must('ps', '--json')));
const ids = ({ replicas }: ContainerFleet, service: string) =>
  replicas.filter((each) => each.service === service).map(({ container }) => container.id);
const ours = (what: 'ps' | 'volume' | 'network'): string[] => {
  const list = what === 'ps' ? ['ps', '-aq'] : [what, 'ls', '-q'];
  const printed = execFileSync('docker', [...list, '--filter', `label=com.docker.compose.project=${project}`]);
  return printed.toString().split('\n').filter(Boolean);
};
const visit = async (url: string | null): Promise<{ status: number; body: { served_by?: string } }> => {
  const response = await fetch(`${url}api/`);
  return { status: response.status, body: (await response.json()) as { served_by?: string } };
};

const imagesHere = (): string[] => {
  const printed = execFileSync('docker', [
    'image',
    'ls',
    '--format',
    '{{.Repository}} {{.ID}}',
    `nestfleet/*:${project}`,
  ]);
  return printed.toString().trim().split('\n').filter(Boolean).toSorted();
};

withEngine('the Docker engine', () => {
  let built = { said: '', images: [''] };
  beforeAll(async () => {
    const said = await must('build');
    built = { said, images: imagesHere() };
    await must('up', '--api=2', '--worker=1', '--port=0');
  }, 1_200_000);
  afterAll(async () => {
    await make(['clean']);
    rmSync(dir, { recursive: true, force: true });
  }, 120_000);

  it('builds what up takes, and bundles where the other engine is named', async () => {
    for (const app of SERVICE_NAMES) expect(built.said).toContain(`nestfleet/${app}:${project}`);
    expect(built.images).toHaveLength(SERVICE_NAMES.length);
    expect(imagesHere()).toEqual(built.images);
    const local = await make(['build'], { ENGINE: 'local' });
    expect(local).toMatchObject({ code: 0, text: expect.stringMatching(/^bundles .* in dist/) });
    expect(imagesHere()).toEqual(built.images);
  });

  it('drains one replica, which goes on running, and takes it back', async () => {
    expect(await must('drain', '--instance=api-2')).toContain('api-2 is drained');
    const replicas = (await fleet()).replicas.filter(({ service }) => service === 'api');
    expect(replicas.map(({ state }) => state)).toEqual(['ready', 'ready']);
    const [, drained] = replicas;
    const { public_url: url } = await fleet();
    const served = new Set<string | undefined>();
    for (let n = 0; n < 20; n += 1) served.add((await visit(url)).body.served_by);
    expect([...served]).not.toContain(drained?.served_by);
    expect(await must('undrain', '--instance=api-2')).toContain('api-2 is serving');
    expect((await make(['drain', '--instance=api-9'])).text).toContain(
      'no such replica: api-9; there are api-1, api-2',
    );
  });

  it('shows the fleet in the shape of the local engine, and its edge proxy serves', async () => {
    const state = await fleet();
    const replicas = state.replicas.map(({ name, state: is }) => `${name} ${is}`);
    const counts = { ...defaultCounts, api: 2, worker: 1 };
    expect(replicas.toSorted()).toEqual(namesOfFleet(counts).map((name) => `${name} ready`));
    expect(state.servers.map(({ name }) => name)).toEqual(['consul', 'redis']);
    for (const { instance_id: id, served_by: name } of state.replicas) expect(id).toContain(name);
    const { status, body } = await visit(state.public_url);
    expect(status).toBe(200);
    expect(state.replicas.map(({ served_by: name }) => name)).toContain(body.served_by);
    expect(await must('logs', '--of=api-2')).toMatch(/^api-2 +\| .*service.ready/m);
  });

  it('scales one service and leaves the others alone', async () => {
    const before = await fleet();
    await must('scale', '--count=3');
    await must('scale', '--service=worker', '--count=2');
    const after = await fleet();
    expect(ids(after, 'api')).toHaveLength(3);
    expect(ids(after, 'api')).toEqual(expect.arrayContaining(ids(before, 'api')));
    expect(ids(after, 'worker')).toEqual(expect.arrayContaining(ids(before, 'worker')));
    await must('scale', '--count=2');
    expect(ids(await fleet(), 'api')).toEqual(ids(before, 'api'));
    expect(ids(await fleet(), 'worker')).toHaveLength(2);
  });

  it('refuses to become another fleet, and stays', async () => {
    const before = await fleet();
    for (const env of [{ ENGINE: 'local' }, { BALANCER: 'haproxy' }, { PROMETHEUS: '1' }])
      expect(await make(['up'], env)).toMatchObject({ code: 1, text: expect.stringMatching(/make down first/) });
    expect(await make(['up', '--port=1'])).toMatchObject({ code: 1, text: expect.stringMatching(/up with port/) });
    expect(await make(['scale', '--service=gateway', '--count=2'])).toMatchObject({
      code: 1,
      text: expect.stringMatching(/it is the edge proxy/),
    });
    expect(await fleet()).toEqual(before);
  });

  it('a replica that was killed comes back by another up; nothing else restarts', async () => {
    const before = await fleet();
    const [victim = ''] = ids(before, 'api');
    execFileSync('docker', ['kill', victim]);
    expect((await fleet()).replicas[0]?.state).toBe('stopped');
    await must('up');
    const after = await fleet();
    expect(after.replicas[0]?.state).toBe('ready');
    expect(after.replicas.slice(1)).toEqual(before.replicas.slice(1));
  });

  it('Redis is stopped and started, with its data', async () => {
    const { public_url: url } = await fleet();
    await fetch(`${url}set?key=kept&value=yes`);
    await must('stop-server', '--server=redis');
    expect((await fleet()).servers.find(({ name }) => name === 'redis')?.state).toBe('stopped');
    expect((await visit(url)).status).toBe(503);
    await must('start-server', '--server=redis');
    expect(await (await fetch(`${url}get?key=kept`)).text()).toContain('yes');
  });

  it('a gateway that starts while Consul is down finds the api by what was written last', async () => {
    const { public_url: url, replicas } = await fleet();
    const [gateway = ''] = ids(await fleet(), 'frontend-gateway');
    const missing = new Set(replicas.filter(({ service }) => service === 'api').map(({ served_by: name }) => name));
    await must('stop-server', '--server=consul');
    execFileSync('docker', ['restart', gateway]);
    const ask = async (): Promise<void> => {
      const { status, body } = await visit(url);
      if (status === 200) missing.delete(body.served_by ?? '');
    };
    for (const endMs = performance.now() + 30_000; missing.size > 0 && performance.now() < endMs;)
      // Nobody listens until it is up again.
      await ask().catch(() => undefined);
    expect([...missing]).toEqual([]);
    await must('start-server', '--server=consul');
  });

  it('down leaves nothing but the data, and clean not even that', async () => {
    await must('down');
    expect([ours('ps'), ours('network')]).toEqual([[], []]);
    expect(ours('volume').toSorted()).toEqual(
      ['consul-data', 'discovery-cache', 'redis-data'].map((name) => `${project}_${name}`),
    );
    expect(await must('ps')).toBe('no fleet is up\n');
    await must('clean');
    expect(ours('volume')).toEqual([]);
    expect(existsSync(join(dir, 'docker'))).toBe(false);
    expect(imagesHere()).toEqual([]);
  });

  it('a start that cannot succeed says why, and leaves nothing running', async () => {
    const wrong = await make(['up', '--port=0'], { ENGINE: 'docker', LOG_LEVEL: 'nonsense' });
    expect(wrong).toMatchObject({ code: 1, text: expect.stringMatching(/settings are wrong[^]*LOG_LEVEL/) });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const second = await make(['up', `--port=${port}`], { ENGINE: 'docker' });
    taken.close();
    expect(second).toMatchObject({ code: 1, text: expect.stringContaining(`port ${port} is in use by pid`) });
    expect([ours('ps'), ours('network')]).toEqual([[], []]);
  });
});
