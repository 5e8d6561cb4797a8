import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { freePort } from '@nestfleet/redis/testing';
import { until } from '../src/client/until.ts';
import { attempt, docker, output } from '../src/driver/docker.ts';
import { engineLacks } from './engine.ts';

const lacks = await engineLacks();
if (lacks !== undefined && process.env['CI']) throw new Error(`NO DOCKER ENGINE ANSWERS: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER ENGINE ANSWERS: COMPOSE WATCH IS NOT TESTED. ${lacks}`);
const withEngine = lacks === undefined ? describe : describe.skip;

const root = resolve(import.meta.dirname, '../../..');
const greeting = 'apps/api/src/visits/visits.controller.ts';

/** What a clone has, and what somebody is about to add to it. */
async function copyTo(folder: string): Promise<void> {
  const listed = await output('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const file of listed.split('\0'))
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(folder, file));
}

withEngine('docker compose watch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-watch-'));
  const project = folder.split('/').at(-1)?.toLowerCase() ?? '';
  const files = ['compose.yaml', 'compose.gateway.yaml', 'compose.dev.yaml'];
  const order = ['compose', '-p', project, ...files.flatMap((file) => ['-f', join(folder, 'deploy', file)])];
  let env: NodeJS.ProcessEnv = {};
  let watch: ChildProcess | undefined;
  let printed = '';
  let port = 0;

  beforeAll(async () => {
    await copyTo(folder);
    port = await freePort();
    env = { NESTFLEET_TAG: project, SECRETS_DIR: join(folder, 'deploy/secrets'), PORT: `127.0.0.1:${port}` };
    env['CORS_ORIGINS'] = `http://app.localhost:${port}`;
    await output('sh', [join(folder, 'deploy/make-secrets.sh')], env);
    await output('docker', [...order, 'up', '--detach', '--build', '--wait', '--scale', 'api=2'], env);
    watch = spawn('docker', [...order, 'watch', '--no-up'], { env: { ...process.env, ...env } });
    for (const stream of [watch.stdout, watch.stderr])
      stream?.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
    await until('it watches', () => /watch/i.test(printed), 30_000);
  }, 600_000);

  afterAll(async () => {
    watch?.kill('SIGINT');
    await attempt('docker', [...order, 'down', '--volumes', '--timeout', '1', '--rmi', 'local'], env);
    for (const app of SERVICE_NAMES) await attempt('docker', ['image', 'rm', `nestfleet/${app}:${project}-watch`]);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  const greet = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/`);
    return ((await response.json()) as { message: string }).message;
  };
  const started = async (service: string): Promise<string> => {
    const ids = await output('docker', [...order, 'ps', '--quiet', service], env);
    return docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', ...ids.split('\n'));
  };

  it('takes a changed source into every replica of its app, and leaves the others alone', async () => {
    const before = { gateway: await started('frontend-gateway'), worker: await started('worker') };
    const source = readFileSync(join(root, greeting), 'utf8');
    const changed = source.replace(/^const MESSAGE = '.*'/m, "const MESSAGE = 'changed while it ran'");
    expect(changed).not.toBe(source);
    writeFileSync(join(folder, greeting), changed);
    let inARow = 0;
    const isNew = async (): Promise<boolean> => {
      inARow = (await greet()) === 'changed while it ran' ? inARow + 1 : 0;
      return inARow === 10;
    };
    const { tookMs } = await until('ten answers in a row are the new one', isNew, 90_000);
    console.log(`the new answer was there after ${tookMs} ms`);
    expect({ gateway: await started('frontend-gateway'), worker: await started('worker') }).toEqual(before);
  }, 120_000);

  it('ends by Ctrl-C, and the fleet stays', async () => {
    if (!watch) throw new Error('nothing watches');
    const ended = once(watch, 'exit') as Promise<[number | null, string | null]>;
    watch.kill('SIGINT');
    const [code] = await ended;
    expect([0, 130]).toContain(code);
    expect(await greet()).toBe('changed while it ran');
  }, 60_000);
});
