import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { declarationOf, SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import { until } from '../src/client/until.ts';
import { attempt, docker, output } from '../src/driver/docker.ts';
import { dockerJson, engineLacks, DockerSandbox } from './engine.ts';

const lacks = await engineLacks();
if (lacks !== undefined && process.env['CI']) throw new Error(`NO DOCKER ENGINE ANSWERS: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER ENGINE ANSWERS: THE IMAGES ARE NOT TESTED. ${lacks}`);
const withEngine = lacks === undefined ? describe : describe.skip;

const base = `${process.env['NODE_IMAGE'] ?? 'node'}:${process.env['NODE_TAG'] ?? '24-bookworm-slim'}`;
const redisImage = `${process.env['REDIS_IMAGE'] ?? 'redis'}:${process.env['REDIS_TAG'] ?? '8'}`;
const own: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  'frontend-gateway': ['dashboard'],
  worker: ['primes.thread.js'],
};
const missesOf = (app: ServiceName): readonly string[] => [
  ...declarationOf(app).needs,
  ...(app === 'worker' ? ['queues'] : []),
];
const everyApp = [
  'compile-cache',
  'default-port',
  'early-signals.cjs',
  'licences.txt',
  'main.js',
  'package.json',
  'swagger-ui',
];

const key = 'k'.repeat(40);
const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
const settings = ['SESSION_KEYS', 'OPS_TOKEN', 'CONTROL_TOKEN'].flatMap((name) => ['--env', `${name}=${key}`]);

const sandbox = new DockerSandbox();
const images: Record<string, string> = {};

interface Image {
  readonly Size: number;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Config: {
    readonly User: string;
    readonly Entrypoint: readonly string[] | null;
    readonly Cmd: readonly string[];
    readonly Healthcheck: { readonly Test: readonly string[] };
    readonly Labels: Readonly<Record<string, string>>;
  };
}
const inspect = (image: string): Promise<Image> => dockerJson('image', 'inspect', '--format', '{{json .}}', image);

/** Asks a replica from inside its container: no port of this machine is needed. */
async function ask(container: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const program = `
    const port = require('node:fs').readFileSync('default-port', 'utf8').trim();
    fetch('http://127.0.0.1:' + port + '${path}').then(async (answer) =>
      console.log(JSON.stringify({ status: answer.status, body: await answer.json() })));`;
  return dockerJson('exec', container, 'node', '--eval', program);
}

const alive = (container: string): Promise<unknown> =>
  until('/livez answers 200', async () => (await ask(container, '/livez')).status === 200, 20_000);

withEngine.each(SERVICE_NAMES)('the image of %s', (app) => {
  let image: Image;
  // Somebody may commit while the image is built.
  const heads: string[] = [];
  const noteHead = async (): Promise<unknown> => heads.push(await output('git', ['rev-parse', 'HEAD']));
  beforeAll(async () => {
    await noteHead();
    images[app] = await sandbox.build(app);
    await noteHead();
    image = await inspect(images[app]);
  }, 900_000);

  it('runs node itself, as user 1000, checked without a Node process, and says what it was built from', async () => {
    const { Config } = image;
    expect(Config.User).toBe('1000:1000');
    expect(Config.Entrypoint ?? []).toEqual([]);
    expect(Config.Cmd).toEqual(['node', '--require', './early-signals.cjs', 'main.js']);
    expect(Config.Healthcheck.Test).toEqual(['CMD', 'healthcheck']);
    expect(await docker('run', '--rm', images[app]!, 'head', '-c', '11', '/usr/local/bin/healthcheck')).toBe(
      '#!/bin/bash',
    );
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': `nestfleet/${app}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(new RegExp(`^(${heads.join('|')})(-dirty)?$`)),
    });
  });

  it('adds 25 MB or less to its base', async () => {
    const under = await inspect(base);
    expect(image.RootFS.Layers.slice(0, under.RootFS.Layers.length)).toEqual(under.RootFS.Layers);
    const ours = image.Size - under.Size;
    expect(ours).toBeGreaterThan(1_000_000);
    expect(ours).toBeLessThanOrEqual(25_000_000);
  });

  it('holds what runs and nothing else', async () => {
    const list = await docker('run', '--rm', images[app]!, 'ls', '/app');
    expect(list.split('\n')).toEqual([...everyApp, ...(own[app] ?? [])].toSorted());

    const licences = await docker('run', '--rm', images[app]!, 'cat', 'licences.txt');
    for (const name of ['@nestjs/core', 'fastify', ...(app === 'frontend-gateway' ? ['naive-ui'] : [])])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));

    const container = await docker('create', images[app]!);
    const entries = await output('sh', ['-c', `docker export ${container} | tar -tv`]);
    await docker('rm', container);
    const lines = entries.split('\n');
    expect(lines.length).toBeGreaterThan(1000);
    const misplaced = / (?:.*\/)?(?:node_modules\/|npm$|npx$|corepack|yarn|package-lock\.json$|[^/]*\.(?:ts|vue|map)$)/;
    expect(lines.filter((line) => misplaced.test(line))).toEqual([]);
    // Programs that would run as another user.
    expect(lines.filter((line) => /^-..(?:s|...s)/i.test(line))).toEqual([]);
  });

  it('keeps its program from its own user, also where the root can be written', async () => {
    const probe = 'for f in / /app /app/main.js /app/compile-cache /usr/local/bin; do test ! -w $f || echo $f; done';
    expect(await docker('run', '--rm', images[app]!, 'bash', '-c', probe)).toBe('');
    expect(await docker('run', '--rm', images[app]!, 'bash', '-c', 'test -w /var/lib/nestfleet && id -u')).toBe('1000');
  });

  it('reads its compile cache', async () => {
    const told = ['--env', 'NODE_DEBUG_NATIVE=COMPILE_CACHE'];
    const order = ['node', 'main.js', 'print-environment'];
    const { err, out } = await attempt('docker', ['run', '--rm', ...hardened, ...told, images[app]!, ...order]);
    expect(out + err).toMatch(/V8 code cache for ESM \S*\/app\/main\.js was accepted/);
  });

  it('lives without servers, says what it misses, and shuts down gracefully on SIGTERM, hardened', async () => {
    const container = await sandbox.run(...hardened, '--network', 'none', ...settings, images[app]!);
    await alive(container);
    const { status, body } = await ask(container, '/healthz');
    expect(status).toBe(503);
    const degraded = Object.fromEntries(missesOf(app).map((name) => [name, { status: 'degraded' }]));
    expect(body).toMatchObject({ status: 'degraded', phase: 'starting', details: degraded });
    expect((await attempt('docker', ['exec', container, 'healthcheck'])).out).toBe('/startupz answers 503\n');

    const startMs = performance.now();
    await docker('stop', '--time', '40', container);
    expect((await sandbox.state(container)).ExitCode).toBe(0);
    expect(await sandbox.logs(container)).toContain('"event":"shutdown.completed"');
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});

withEngine('a replica as a container', () => {
  it('without its secrets does not start, and names what it lacks', async () => {
    const { code, err } = await attempt('docker', ['run', '--rm', images['api']!]);
    expect(code).toBe(78);
    expect(err).toMatch(/CONTROL_TOKEN: is missing[^]*SESSION_KEYS: is missing[^]*OPS_TOKEN: is missing/);
  });

  it('that is stopped before its program listens for signals ends at once', async () => {
    const wait = ['node', '--require', './early-signals.cjs', '--eval', 'setInterval(() => 0, 1e6); console.log("up")'];
    const container = await sandbox.run(images['api']!, ...wait);
    await until('its start', async () => (await sandbox.logs(container)).includes('up'), 20_000);
    await docker('stop', '--time', '40', container);
    expect((await sandbox.state(container)).ExitCode).toBe(0);
  });

  it('turns healthy, unhealthy when its event loop stands still, healthy again, and leaves no zombie', async () => {
    const network = await sandbox.network();
    await sandbox.run('--network', network, '--name', `${sandbox.id}-redis`, redisImage);
    const redis = ['--network', network, '--env', `REDIS_URL=redis://${sandbox.id}-redis:6379`];
    const container = await sandbox.run(...hardened, ...redis, ...settings, '--health-interval', '1s', images['api']!);
    const turns = (status: string): Promise<unknown> =>
      until(status, async () => (await sandbox.state(container)).Health?.Status === status, 60_000, 250);
    await turns('healthy');
    await docker('kill', '--signal', 'STOP', container);
    await turns('unhealthy');
    await docker('kill', '--signal', 'CONT', container);
    await turns('healthy');

    const states = await docker(
      'exec',
      container,
      'bash',
      '-c',
      'for p in /proc/[0-9]*/stat; do read -r s <$p; echo "$s"; done',
    );
    expect(states).toMatch(/^1 \([^)]*\) [SR] /m);
    expect(states.split('\n').filter((line) => / Z /.test(line))).toEqual([]);

    const startMs = performance.now();
    await docker('stop', '--time', '40', container);
    const tookMs = performance.now() - startMs;
    expect((await sandbox.state(container)).ExitCode).toBe(0);
    // The drain delay of the default edge proxy, and no more than what its in-flight requests might take after it.
    expect(tookMs).toBeGreaterThan(1000);
    expect(tookMs).toBeLessThan(6000);
  });
});

afterAll(() => sandbox.dispose(), 120_000);
