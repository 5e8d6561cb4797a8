import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const module = JSON.stringify(join(import.meta.dirname, 'file-lock.ts'));
const env = { ...process.env, NODE_OPTIONS: '' };

describe('lockUntilExit', () => {
  let dir: string;
  let owner: ChildProcess | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lock-spec-'));
  });
  afterEach(() => {
    owner?.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  });

  const script = (then: string): string[] => [
    '--input-type=module',
    '-e',
    `import { lockUntilExit } from ${module}; process.stdout.write(String(lockUntilExit(${JSON.stringify(join(dir, 'lock'))}))); ${then}`,
  ];
  const tryLock = (): string => spawnSync(process.execPath, script(''), { env, encoding: 'utf8' }).stdout;

  it('is one process’s until that is killed', async () => {
    const holder = spawn(process.execPath, script('setInterval(() => undefined, 60_000)'), { env });
    owner = holder;
    const [printed] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(printed.toString()).toBe('true');
    expect(tryLock()).toBe('false');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(tryLock()).toBe('true');
  });
});
