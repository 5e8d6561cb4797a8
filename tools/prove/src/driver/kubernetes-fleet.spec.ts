import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';

const file = resolve(import.meta.dirname, 'kubernetes-fleet.ts');
let folder: string;

/** The kubectl of the test: it writes what it is asked for, and makes a namespace when it may, after any removal that comes first. */
const script = (): string => `#!/bin/sh
echo "$4 $5 $6 $7" >> "${folder}/asked"
[ "$4 $5" = "create namespace" ] || exit 0
while [ ! -e "${folder}/may" ]; do sleep 0.02; done
tries=25
while [ $((tries -= 1)) -gt 0 ] && ! grep -q delete "${folder}/asked"; do sleep 0.02; done
`;
const asked = (): string[] =>
  existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n') : [];
const bringUp = (): string => `
import { bringUpOnKubernetes } from ${JSON.stringify(file)};
await bringUpOnKubernetes({ engine: 'kubernetes', balancer: 'gateway', purpose: 'test', counts: {}, tls: false,
  cluster: { kubeconfig: '/none', context: 'none', program: ${JSON.stringify(join(folder, 'kubectl'))} } });
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-kubectl-'));
  writeFileSync(join(folder, 'kubectl'), script(), { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a fleet on Kubernetes', () => {
  it('that is interrupted leaves no namespace that is made at that moment, and makes no other one', async () => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', bringUp()], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] },
    });
    const ended = once(child, 'exit');
    await until(() => asked().length === 1, 20_000);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    writeFileSync(join(folder, 'may'), '');
    expect(await ended).toEqual([1, null]);
    const [created = '', ...rest] = asked();
    const name = created.replace(/^create namespace /, '').trim();
    expect(rest.map((each) => each.trim())).toEqual([
      expect.stringMatching(new RegExp(`^label namespace ${name} `)),
      `delete namespace ${name} ${name}-faults`,
    ]);
  });
});
