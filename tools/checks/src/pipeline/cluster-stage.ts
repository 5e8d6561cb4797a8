import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_UNAVAILABLE } from '../exit-codes.ts';
import { runChild } from './child.ts';
import { type Counts, none, oneFailed, onePassed, readClosingLine, sum } from './counts.ts';
import { printLog } from './log-tail.ts';
import { formatCheck, type Stage, type StageContext } from './stage.ts';

/** What one program needs of a cluster that somebody named: its control plane, or nodes too. */
export type ClusterNeed = 'control plane' | 'nodes';

export interface ClusterProgram {
  readonly name: string;
  /** Behind the program of Node. */
  readonly command: string;
  readonly needs: ClusterNeed;
}

export interface ClusterStageOptions {
  readonly name: string;
  /** The project for which it runs. */
  readonly suiteOf: string;
  readonly timeLimitMs: number;
  readonly programs: readonly ClusterProgram[];
}

const ANSWER_WITHIN_MS = 30_000;
/** A fleet of a test is removed first. */
const GRACE_MS = 90_000;

const LACKS: Readonly<Record<ClusterNeed, string>> = {
  'control plane': 'NO CLUSTER ANSWERS (KUBECONFIG AND CONTEXT NAME IT): NO API SERVER HAS SEEN THE MANIFESTS',
  nodes: 'THE CLUSTER HAS NO NODE: NO FLEET IS TESTED ON KUBERNETES',
};

/**
 * clusterStage tests the manifests, and fleets of them, on the cluster that KUBECONFIG and CONTEXT name, by NESTFLEET_KUBECTL or the
 * kubectl of PATH. A cluster that is merely the current one is never taken.
 */
export function clusterStage({ name, suiteOf, timeLimitMs, programs }: ClusterStageOptions): Stage {
  return {
    name,
    timeLimitMs,
    hasServers: false,
    mayLackAll: true,
    async run(context) {
      if (!context.projects.some((project) => project.name === suiteOf)) return none;
      const there = await whatIsThere(context, name);
      for (const need of ['control plane', 'nodes'] as const)
        if (!there.includes(need) && programs.some(({ needs }) => needs === need)) context.print(`  ${LACKS[need]}`);
      const results: Counts[] = [];
      for (const program of programs)
        results.push(there.includes(program.needs) ? await runOne(context, name, program) : { ...none, skipped: 1 });
      return sum(results);
    },
  };
}

async function whatIsThere({ workspace, folder, signal }: StageContext, stage: string): Promise<ClusterNeed[]> {
  const { KUBECONFIG = '', CONTEXT = '' } = process.env;
  if (KUBECONFIG === '' || CONTEXT === '') return [];
  const logFile = join(folder, `${stage}-nodes.log`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const command = '"${NESTFLEET_KUBECTL:-kubectl}" --context "$CONTEXT" get nodes --output=name';
  const code = await runChild(command, { cwd: workspace.root, logFile, signal: limit });
  if (code !== 0) return [];
  return readFileSync(logFile, 'utf8').includes('node/') ? ['control plane', 'nodes'] : ['control plane'];
}

async function runOne(
  { workspace, folder, signal, print, noteFailure }: StageContext,
  stage: string,
  { name, command }: ClusterProgram,
): Promise<Counts> {
  const startedMs = performance.now();
  const logFile = join(folder, `${stage}-${name.replaceAll(/[^a-z]+/g, '-')}.log`);
  const code = await runChild(`"${process.execPath}" ${command}`, {
    cwd: workspace.root,
    logFile,
    signal,
    graceMs: GRACE_MS,
  });
  const counts = countProgram(readFileSync(logFile, 'utf8'), code);
  print(formatCheck(name, counts, performance.now() - startedMs));
  // A skip says its reason in the output; it must not get lost.
  if (counts.failed > 0 || counts.skipped > 0) printLog(logFile, print);
  if (counts.failed > 0) noteFailure(`${stage}: ${name}`);
  if (signal.aborted) print('          ended by the time limit of the stage, or by a signal');
  return counts;
}

/** The sum that a program ends with; of one that has none its exit code. */
export function countProgram(printed: string, exitCode: number | null): Counts {
  if (exitCode === EXIT_UNAVAILABLE) return { ...none, skipped: 1 };
  const counts = readClosingLine(printed) ?? (exitCode === 0 ? onePassed : oneFailed);
  return counts.failed === 0 && exitCode !== 0 ? { ...counts, failed: 1 } : counts;
}
