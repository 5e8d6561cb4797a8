import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '../src/testing.ts';
import { describeWith } from './servers.ts';

const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
const [, firstUse = ''] = /```ts run-by=\S+\n([\s\S]*?)```/.exec(readme) ?? [];

describeWith('NESTFLEET_REDIS_SERVER', 'the first use in README', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server?.stop());

  it('runs as it stands there', async () => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const options = { cwd: import.meta.dirname, env: { ...inherited, REDIS_URL: server.url } };
    const words = ['--input-type=module-typescript', '--eval', firstUse];
    const { stdout } = await promisify(execFile)(process.execPath, words, options);
    expect(stdout).toBe('2\nup\n');
  });
});
