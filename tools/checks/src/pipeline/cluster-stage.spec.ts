import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Project, Workspace } from '../workspace.ts';
import { countProgram, clusterStage } from './cluster-stage.ts';

const say = (words: string, code = 0): string => `-e 'console.log("${words}"); process.exitCode = ${code}'`;
const stage = clusterStage({
  name: 'cluster',
  suiteOf: 'prove',
  timeLimitMs: 60_000,
  programs: [
    { name: 'server', command: say('3 passed, 0 failed, 0 skipped'), needs: 'control plane' },
    { name: 'roll', command: say('5 passed, 1 failed, 0 skipped', 1), needs: 'nodes' },
  ],
});

describe('clusterStage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-stage-'));
  const kubectl = join(folder, 'kubectl');
  const before = { ...process.env };
  beforeEach(() => {
    process.env['KUBECONFIG'] = join(folder, 'config');
    process.env['CONTEXT'] = 'kind-kind';
    process.env['NESTFLEET_KUBECTL'] = kubectl;
    answerWith('echo node/n1');
  });
  afterEach(() => {
    for (const name of ['KUBECONFIG', 'CONTEXT', 'NESTFLEET_KUBECTL'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const answerWith = (script: string): void => {
    writeFileSync(kubectl, `#!/bin/sh\n${script}\n`);
    chmodSync(kubectl, 0o755);
  };
  const runFor = async (...names: string[]) => {
    const printed: string[] = [];
    const failures: string[] = [];
    const counts = await stage.run({
      workspace: { root: folder } as Workspace,
      projects: names.map((name) => ({ name, manifest: {} }) as unknown as Project),
      folder,
      signal: new AbortController().signal,
      print: (line: string): unknown => printed.push(line),
      noteFailure: (check: string): unknown => failures.push(check),
    });
    return { counts, failures, printed: printed.join('\n') };
  };

  it('runs all on a cluster with nodes, and names what failed there', async () => {
    const { counts, failures, printed } = await runFor('api', 'prove');
    expect(counts).toEqual({ passed: 8, failed: 1, skipped: 0 });
    expect(failures).toEqual(['cluster: roll']);
    expect(printed).not.toContain('NO CLUSTER ANSWERS');
  });

  it('asks the context that was named', async () => {
    answerWith('[ "$1 $2" = "--context kind-kind" ] && echo node/n1');
    expect((await runFor('prove')).counts.skipped).toBe(0);
  });

  it('has the manifests looked at where there is a control plane alone, and says so in capitals', async () => {
    answerWith('exit 0');
    const { counts, printed } = await runFor('prove');
    expect(counts).toEqual({ passed: 3, failed: 0, skipped: 1 });
    expect(printed).toContain('THE CLUSTER HAS NO NODE: NO FLEET IS TESTED ON KUBERNETES');
    expect(printed).not.toContain('NO CLUSTER ANSWERS');
  });

  it.each([
    ['no context is named', () => delete process.env['CONTEXT']],
    ['no file is named', () => delete process.env['KUBECONFIG']],
    ['it does not answer', () => answerWith('exit 1')],
  ])('is skipped in capitals where %s', async (_what, change) => {
    change();
    const { counts, printed } = await runFor('prove');
    expect(counts).toEqual({ passed: 0, failed: 0, skipped: 2 });
    expect(printed).toContain('NO CLUSTER ANSWERS (KUBECONFIG AND CONTEXT NAME IT)');
  });

  it('does nothing where other projects were asked for', async () => {
    expect(await runFor('api')).toEqual({ counts: { passed: 0, failed: 0, skipped: 0 }, failures: [], printed: '' });
  });
});

describe('countProgram', () => {
  it.each([
    ['a sum', 'x\n12 passed, 0 failed, 1 skipped\n', 0, { passed: 12, failed: 0, skipped: 1 }],
    ['none, and a good end', 'ok\n', 0, { passed: 1, failed: 0, skipped: 0 }],
    ['none, and a bad end', 'FAIL\n', 1, { passed: 0, failed: 1, skipped: 0 }],
    ['a bad end behind a good sum', '2 passed, 0 failed, 0 skipped\n', 1, { passed: 2, failed: 1, skipped: 0 }],
    ['an end by the time limit', '', null, { passed: 0, failed: 1, skipped: 0 }],
    ['that something can be had nowhere', 'THERE IS NO KUSTOMIZE HERE\n', 69, { passed: 0, failed: 0, skipped: 1 }],
  ])('counts %s', (_name, printed, code, counts) => {
    expect(countProgram(printed, code)).toEqual(counts);
  });
});
