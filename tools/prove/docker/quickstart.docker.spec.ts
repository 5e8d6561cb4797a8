import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { freePort } from '@nestfleet/redis/testing';
import { until } from '../src/client/until.ts';
import { attempt, output } from '../src/driver/docker.ts';
import { engineLacks } from './engine.ts';

const lacks = await engineLacks();
if (lacks !== undefined && process.env['CI']) throw new Error(`NO DOCKER ENGINE ANSWERS: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER ENGINE ANSWERS: THE ONE LINE IS NOT TESTED. ${lacks}`);
const withEngine = lacks === undefined ? describe : describe.skip;

const STARTS_WITHIN_MS = 120_000;

withEngine('docker compose up --build --scale api=3', () => {
  const project = `nestfleet-quick-${randomUUID().slice(0, 8)}`;
  const compose = ['compose', '-p', project];
  let env: NodeJS.ProcessEnv = {};
  let port = 0;
  let cookie = '';

  const up = (): Promise<string> =>
    output('docker', [...compose, 'up', '--detach', '--build', '--scale', 'api=3'], env);
  async function visit(): Promise<{ served_by: string; session_count: number }> {
    const answer = await fetch(`http://127.0.0.1:${port}/api/`, { headers: cookie === '' ? {} : { cookie } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return (await answer.json()) as { served_by: string; session_count: number };
  }
  const served = async (): Promise<boolean> => visit().then(() => true);

  beforeAll(async () => {
    port = await freePort();
    // No secrets that somebody made beside the compose files may replace those of the volume.
    env = { NESTFLEET_TAG: project, SECRETS_DIR: '/nowhere', PORT: `127.0.0.1:${port}` };
    env['CORS_ORIGINS'] = `http://app.localhost:${port}`;
    await up();
    await until('a visit is answered', () => served().catch(() => false), STARTS_WITHIN_MS, 200);
  }, 600_000);
  afterAll(async () => {
    await attempt('docker', [...compose, 'down', '--volumes', '--timeout', '1', '--rmi', 'local'], env);
  }, 120_000);

  it('brings up three replicas that share a session', async () => {
    const before = (await visit()).session_count;
    const seen = new Set<string>();
    let visits = 0;
    await until(
      'three have served',
      async () => {
        seen.add((await visit()).served_by);
        visits += 1;
        return seen.size === 3;
      },
      30_000,
    );
    expect((await visit()).session_count).toBe(before + visits + 1);
  });

  it('runs jobs, as the worker says', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/enqueue?job=test-1`)).status).toBe(200);
    await until(
      'the log shows it',
      async () => (await output('docker', [...compose, 'logs', 'worker'], env)).includes('"job":"test-1"'),
      30_000,
      200,
    );
  });

  it('keeps its secrets when it is started again, and prints none', async () => {
    const before = (await visit()).session_count;
    await output('docker', [...compose, 'down'], env);
    await up();
    await until('the session goes on', () => served().catch(() => false), STARTS_WITHIN_MS, 200);
    expect((await visit()).session_count).toBe(before + 2);
    expect(await output('docker', [...compose, 'logs', '--no-log-prefix'], env)).not.toMatch(/\b[0-9a-f]{64}\b/);
  }, 300_000);
});
