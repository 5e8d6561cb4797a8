import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../../fleet/src/programs.ts';
import type { Detection } from './detect.ts';
import { runGroup } from './run-group.ts';
import type { SuiteBug } from '../seeded-bugs/suite-bug.ts';

const root = resolve(import.meta.dirname, '../../../..');
/** Time for a test that hangs because of the bug, and then in what it closes: each ends by its own limit, 60 s, and the report tells of it. */
export const SUITE_WITHIN_MS = 150_000;

/** What Jest's report says of each test. */
interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** runSuite runs the test that has to find a bug, on sources with the bug inside. Others of its spec may hang because of it. */
export async function runSuite({ name, patches, detectedBy }: SuiteBug): Promise<Detection> {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-seeded-'));
  try {
    const project = join(root, ...detectedBy.spec.split('/').slice(0, 2));
    const config = join(folder, 'jest.config.mjs');
    const report = join(folder, 'report.json');
    writeFileSync(config, configOf(project, patches));
    const jest = [join(root, 'node_modules/jest/bin/jest.js'), '-c', config, '--json', '--outputFile', report];
    const test = ['--testNamePattern', literally(detectedBy.test), '--runTestsByPath', join(root, detectedBy.spec)];
    // What a bug leaves open would keep Jest.
    const args = [...jest, '--runInBand', '--forceExit', ...test];
    const { output } = await withTier(detectedBy.spec, (tier) => {
      // Programs that the spec bundles and starts have it too (tools/rolldown.test-programs.mjs).
      const seeded = { NESTFLEET_SEEDED_PATCHES: JSON.stringify(patches) };
      const env = { ...process.env, ...tier, ...seeded, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };
      return runGroup(process.execPath, args, { cwd: root, env, limitMs: SUITE_WITHIN_MS });
    });
    return detectionIn(readReport(report, output), name, detectedBy.test);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a regular expression takes for this text alone. */
const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** A spec of servers finds a Redis that is this run's alone, beside the program for those that it starts itself. */
async function withTier<T>(spec: string, run: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  if (!spec.endsWith('.integration.spec.ts')) return run({ TEST_TIER: 'unit' });
  const { path: binary } = await findRedisServer();
  const server = await startRedisServer({ binary });
  try {
    return await run({ TEST_TIER: 'integration', NESTFLEET_REDIS_SERVER: binary, REDIS_URL: server.url });
  } finally {
    await server.stop();
  }
}

/** The project's own settings, with another transform. */
const configOf = (project: string, patches: SuiteBug['patches']): string => `
import own from ${JSON.stringify(pathToFileURL(join(project, 'jest.config.mjs')).href)};
const [[pattern, [, swc]]] = Object.entries(own.transform);
export default {
  ...own,
  rootDir: ${JSON.stringify(project)},
  reporters: [],
  transform: { [pattern]: [${JSON.stringify(join(root, 'tools/jest.seeded.mjs'))}, { swc, patches: ${JSON.stringify(patches)} }] },
};
`;

/** readReport: without one, as after the limit, what was printed is all that there is. */
export function readReport(file: string, output: string): JestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return { testResults: [{ message: `Jest has left no report: ${output}`, assertionResults: [] }] };
  }
}

/** detectionIn: a suite that could not be run at all has found nothing. */
export function detectionIn({ testResults }: JestReport, bug: string, test: string): Detection {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const found = tests.find(({ status, fullName }) => status === 'failed' && fullName.includes(test));
  if (found !== undefined) return { bug, isDetected: true, evidence: found.fullName };
  const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  const seen = failed.join('; ') || testResults.map(({ message }) => message).join('; ') || 'no failed test';
  return { bug, isDetected: false, evidence: `not detected; seen: ${seen}` };
}
