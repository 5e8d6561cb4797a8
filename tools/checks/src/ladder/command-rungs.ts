import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatFinding, type Finding } from '../wall.ts';
import { runChild } from './child.ts';
import { type Counts, oneFailed, onePassed, sum } from './counts.ts';
import { sayLog } from './log-tail.ts';
import { failedTasks } from './nx-report.ts';
import { formatCheck, type Rung, type Stage } from './rung.ts';

/** One command that holds for the whole repo: one check. */
export function commandRung(name: string, command: string, timeLimitMs: number): Rung {
  return {
    name,
    timeLimitMs,
    hasServers: false,
    async run({ workspace, folder, signal, say }) {
      const startedMs = performance.now();
      const logFile = join(folder, `${name}.log`);
      const code = await runChild(command, { cwd: workspace.root, logFile, signal });
      const counts = code === 0 ? onePassed : oneFailed;
      say(formatCheck('whole repo', counts, performance.now() - startedMs));
      if (code !== 0) sayLog(logFile, say);
      return counts;
    },
  };
}

/** A cached Nx target over all projects that have it: each project is one check. */
export function nxRung(target: string, timeLimitMs: number): Rung {
  return {
    name: target,
    timeLimitMs,
    hasServers: false,
    async run({ workspace, projects, folder, signal, say }) {
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
      say(formatCheck(`${names.length} projects`, counts, performance.now() - startedMs));
      if (failed.length > 0) {
        sayLog(logFile, say);
        say(`  failed: ${failed.join(', ')}`);
      }
      return counts;
    },
  };
}

/** Each wall is one check. */
export function wallsRung(timeLimitMs: number): Rung {
  return { name: 'walls', timeLimitMs, hasServers: false, run: runWalls };
}

async function runWalls({ workspace, folder, signal, say }: Stage): Promise<Counts> {
  const reportFile = join(folder, 'walls.json');
  const command = `"${process.execPath}" tools/checks/src/walls.ts --json`;
  const code = await runChild(command, { cwd: workspace.root, logFile: reportFile, signal });
  const report = readReport(reportFile);
  if (report === undefined || (code !== 0 && code !== 1)) {
    sayLog(reportFile, say);
    return oneFailed;
  }
  return sum(
    report.map(({ name, findings, tookMs }) => {
      const counts = findings.length === 0 ? onePassed : oneFailed;
      say(formatCheck(name, counts, tookMs));
      for (const finding of findings) say(`          ${formatFinding(finding)}`);
      return counts;
    }),
  );
}

interface WallReport {
  name: string;
  findings: readonly Finding[];
  tookMs: number;
}

function readReport(file: string): readonly WallReport[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as WallReport[];
  } catch {
    return undefined;
  }
}
