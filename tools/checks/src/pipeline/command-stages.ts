import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatFinding, type Finding } from '../rule.ts';
import { runChild } from './child.ts';
import { type Counts, oneFailed, onePassed, sum } from './counts.ts';
import { printLog } from './log-tail.ts';
import { formatCheck, type Stage, type StageContext } from './stage.ts';

/** One command that holds for the whole repo: one check. */
export function commandStage(name: string, command: string, timeLimitMs: number): Stage {
  return {
    name,
    timeLimitMs,
    hasServers: false,
    async run({ workspace, folder, signal, print, noteFailure }) {
      const startedMs = performance.now();
      const logFile = join(folder, `${name}.log`);
      const code = await runChild(command, { cwd: workspace.root, logFile, signal });
      const counts = code === 0 ? onePassed : oneFailed;
      print(formatCheck('whole repo', counts, performance.now() - startedMs));
      if (code !== 0) {
        printLog(logFile, print);
        noteFailure(name);
      }
      return counts;
    },
  };
}

/** A cached Nx target over all projects that have it: each project is one check. */
export function nxStage(target: string, timeLimitMs: number): Stage {
  return {
    name: target,
    timeLimitMs,
    hasServers: false,
    async run({ workspace, projects, folder, signal, print, noteFailure }) {
      const names = projects.filter(({ manifest }) => manifest.nx?.targets?.[target]).map(({ name }) => name);
      if (names.length === 0) return sum([]);
      const startedMs = performance.now();
      const logFile = join(folder, `${target}.log`);
      const command = `nx run-many -t ${target} -p ${names.join(',')} --outputStyle=static`;
      const env = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' };
      const code = await runChild(command, { cwd: workspace.root, env, logFile, signal });
      const tasks = names.map((name) => `${name}:${target}`);
      const failed = failedTasks(tasks, readFileSync(logFile, 'utf8'), code);
      const counts = { passed: tasks.length - failed.length, failed: failed.length, skipped: 0 };
      print(formatCheck(`${names.length} projects`, counts, performance.now() - startedMs));
      if (failed.length > 0) printLog(logFile, print);
      for (const task of failed) noteFailure(task);
      return counts;
    },
  };
}

/** How each of the given tasks (`project:target`) ended, read from what `nx run-many` printed. */
export function failedTasks(tasks: readonly string[], output: string, exitCode: number | null): string[] {
  if (exitCode === 0) return [];
  const lines = output.replaceAll('\r', '').split('\n');
  // The list after "Failed tasks:", and that of tasks that never ran because one they need has failed.
  const named = new Set(lines.flatMap((line) => /^\s*-\s+(\S+:\S+)\s*$/.exec(line)?.[1] ?? []));
  const failed = tasks.filter((task) => named.has(task));
  // Nx itself failed, before or beside the tasks: then none of them is known to be good.
  return failed.length > 0 ? failed : [...tasks];
}

/** Each rule is one check. */
export function checksStage(timeLimitMs: number): Stage {
  return { name: 'checks', timeLimitMs, hasServers: false, run: runChecks };
}

async function runChecks({ workspace, folder, signal, print, noteFailure }: StageContext): Promise<Counts> {
  const reportFile = join(folder, 'checks.json');
  const command = `"${process.execPath}" tools/checks/src/checks.ts --json`;
  const code = await runChild(command, { cwd: workspace.root, logFile: reportFile, signal });
  const report = readReport(reportFile);
  if (report === undefined || (code !== 0 && code !== 1)) {
    printLog(reportFile, print);
    noteFailure('checks, as a whole');
    return oneFailed;
  }
  return sum(
    report.map(({ name, findings, tookMs }) => {
      const counts = findings.length === 0 ? onePassed : oneFailed;
      print(formatCheck(name, counts, tookMs));
      for (const finding of findings) print(`          ${formatFinding(finding)}`);
      if (findings.length > 0) noteFailure(`the rule ${name}`);
      return counts;
    }),
  );
}

interface RuleReport {
  name: string;
  findings: readonly Finding[];
  tookMs: number;
}

function readReport(file: string): readonly RuleReport[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RuleReport[];
  } catch {
    return undefined;
  }
}
