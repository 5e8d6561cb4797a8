import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';

const program = resolve(import.meta.dirname, '../src/kubernetes-server.ts');
let folder: string;

/** The kubectl of the test: it writes what it is asked for, and at one command it waits until it may go on. */
const kubectl = (waitsAt: string): void =>
  writeFileSync(
    join(folder, 'kubectl'),
    `#!/bin/sh
echo "$3 $4 $5" >> "${folder}/asked"
case "$3" in ${waitsAt}) while [ ! -e "${folder}/may" ]; do sleep 0.02; done ;; esac
`,
    { mode: 0o755 },
  );
const asked = (): string[] =>
  existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n') : [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-kubectl-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the look of an API server at the overlays', () => {
  it.each(['create', 'kustomize'])('leaves no namespace when it is interrupted at kubectl %s', async (command) => {
    kubectl(command);
    const env = { PATH: process.env['PATH'], TMPDIR: folder, KUBECONFIG: '/none', CONTEXT: 'none' };
    const child = spawn(process.execPath, [program], {
      stdio: 'ignore',
      env: { ...env, NESTFLEET_KUBECTL: join(folder, 'kubectl') },
    });
    const ended = once(child, 'exit');
    await until(() => asked().at(-1)?.startsWith(command) === true, 20_000);
    const before = asked().length;
    child.kill('SIGTERM');
    child.kill('SIGINT');
    writeFileSync(join(folder, 'may'), '');
    expect(await ended).toEqual([1, null]);
    const namespace = asked()[0]?.split(' ')[2];
    expect(asked().slice(before)).toEqual([`delete namespace ${namespace}`]);
  });
});
