import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { plan } from './planned.ts';
import { generatedApps, readArchive } from './generated-apps.ts';

const ANSWER_WITHIN_MS = 20_000;

function whyNot(): string | undefined {
  try {
    execFileSync('docker', ['compose', 'version', '--short'], { timeout: ANSWER_WITHIN_MS, stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const lacks = whyNot();
if (lacks !== undefined && process.env['CI'] !== undefined) throw new Error(`NO DOCKER COMPOSE: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER COMPOSE: THE COMPOSE FILES OF INIT ARE NOT READ BY IT. ${lacks}`);
const withCompose = lacks === undefined ? describe : describe.skip;

const folder = mkdtempSync(join(tmpdir(), 'nestfleet-init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cases = generatedApps.flatMap(({ name, app }) =>
  [false, true].map((redis) => ({ name, app, redis, what: redis ? `${name} with Redis` : name })),
);

withCompose('docker compose config, over what init writes', () => {
  it.each(cases)('is clean for $what', async ({ name, app, redis }) => {
    const files = readArchive(name);
    const { written } = plan(files, { app, redis });
    const root = mkdtempSync(join(folder, 'app-'));
    for (const [path, text] of new Map([...files, ...written])) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const words = ['compose', '-f', 'compose.yaml', 'config', '--format', 'json'];
    const { stdout, stderr } = await promisify(execFile)('docker', words, { cwd: root, timeout: 60_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      services: {
        shop: { build: { context: root, dockerfile: expect.stringMatching(/^(apps\/shop\/)?Dockerfile$/) } },
      },
    });
    const { services } = JSON.parse(stdout) as { services: object };
    expect(Object.keys(services).toSorted()).toEqual(['consul', ...(redis ? ['redis'] : []), 'shop']);
  });
});
