import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workspace } from '../workspace.ts';
import { kubernetesStage } from './kubernetes-stage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-stage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['passes', 'echo all is well', { passed: 1, failed: 0, skipped: 0 }, [], /every overlay/],
  [
    'is skipped with the reason',
    'echo NONE IS HERE; exit 69',
    { passed: 0, failed: 0, skipped: 1 },
    [],
    /NONE IS HERE/,
  ],
  [
    'fails with what was found',
    'echo api has a preStop; exit 1',
    { passed: 0, failed: 1, skipped: 0 },
    ['the overlays of deploy/kubernetes'],
    /api has a preStop/,
  ],
])('%s', async (_what, command, expected, expectedFailures, said) => {
  const printed: string[] = [];
  const failures: string[] = [];
  const counts = await kubernetesStage(60_000, command).run({
    workspace: { root: folder } as unknown as Workspace,
    projects: [],
    folder,
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    noteFailure: (check) => failures.push(check),
  });
  expect({ counts, failures }).toEqual({ counts: expected, failures: expectedFailures });
  expect(printed.join('\n')).toMatch(said);
});
