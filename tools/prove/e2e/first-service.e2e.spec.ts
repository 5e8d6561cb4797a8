import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { blocksRunBy } from '../../checks/src/code-blocks.ts';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { ask } from '../src/client/http-client.ts';
import { until } from '../src/client/until.ts';

const root = resolve(import.meta.dirname, '../../..');
const blocks = blocksRunBy(import.meta.filename);
const { NODE_OPTIONS: _, ...env } = process.env;

describe('the first use of service', () => {
  let folder: string;
  let redis: RedisServer;
  let service: ChildProcess;
  let output = '';
  let url = '';

  beforeAll(async () => {
    redis = await startRedisServer({ binary: (await findRedisServer()).path });
    // Within the repository, so that its packages are found.
    mkdirSync(join(root, 'dist'), { recursive: true });
    folder = mkdtempSync(join(root, 'dist/.readme-'));
    writeFileSync(join(folder, 'main.ts'), blocks[0]!.code);
    const settings = ['--platform', 'node', '--format', 'esm', '--tsconfig', join(root, 'tsconfig.base.json')];
    await promisify(execFile)(
      process.execPath,
      [join(root, 'node_modules/rolldown/bin/cli.mjs'), join(folder, 'main.ts'), '--dir', folder, ...settings],
      { cwd: root, env },
    );
    const ports = { PORT: '0', CONTROL_PORT: '0', METRICS_PORT: '0' };
    service = spawn(process.execPath, [join(folder, 'main.js')], { env: { ...env, ...ports, REDIS_URL: redis.url } });
    for (const stream of [service.stdout, service.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    const { value: port } = await until('it listens', () => /"ports":\{"http":(\d+)/.exec(output)?.[1], 60_000);
    url = `http://127.0.0.1:${port}`;
    await until('it is ready', async () => (await ask(`${url}/readyz`)).status === 200, 30_000);
  }, 120_000);
  afterAll(async () => {
    service?.kill('SIGKILL');
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is one block', () => {
    expect(blocks.map(({ file }) => file)).toEqual(['libs/service/README.md']);
  });

  it('answers, and says that Redis is there', async () => {
    expect(JSON.parse((await ask(`${url}/`)).text)).toEqual({ said: 'hello' });
    expect((await ask(`${url}/healthz`)).text).toContain('"redis"');
  });

  it('shuts down with 0', async () => {
    const gone = once(service, 'exit');
    service.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
});
