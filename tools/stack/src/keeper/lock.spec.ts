import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const module = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
const env = { ...process.env, NODE_OPTIONS: '' };

describe('lockForLife', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lock-spec-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const script = (then: string): string[] => [
    '--input-type=module',
    '-e',
    `import { lockForLife } from ${module}; console.log(lockForLife(${JSON.stringify(join(dir, 'lock'))})); ${then}`,
  ];
  const tryLock = (): string => spawnSync(process.execPath, script(''), { env, encoding: 'utf8' }).stdout.trim();

  it('is one process’s until that is killed', async () => {
    const owner = spawn(process.execPath, script('setInterval(() => undefined, 60_000)'), { env });
    const [printed] = (await once(owner.stdout, 'data')) as [Buffer];
    expect(printed.toString().trim()).toBe('true');
    expect(tryLock()).toBe('false');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(tryLock()).toBe('true');
  });
});
