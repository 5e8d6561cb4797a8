import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ReadyReport, readyReport } from '@nestfleet/contracts';
import { endWithOwner } from '@nestfleet/timing/testing';
import { until } from '../client/until.ts';

/** A built app under attack. */
export interface TargetProcess {
  readonly name: string;
  readonly pid: number;
  readonly ports: ReadyReport['ports'];
  /** Address of its inspector; empty where it has none. */
  readonly inspector: string;
  /** How it has ended; undefined while it lives. */
  death(): string | undefined;
  /** The last lines of its log that are errors, and of its stderr. */
  lastLines(): string[];
  /** The last log lines of requests, as they were written. */
  readonly requestLines: readonly string[];
  /** How many log lines of level error there were, by event or message. */
  readonly errors: ReadonlyMap<string, number>;
  kill(): void;
}

const READY_MS = 30_000;
const KEPT_LINES = 30;
const ERROR_LEVEL = 50;
const FATAL_LEVEL = 60;

const levelOf = (level: unknown): number => {
  const named = { fatal: FATAL_LEVEL, error: ERROR_LEVEL }[String(level)];
  return named ?? (Number(level) || 0);
};

/** @param flags of Node @default its inspector, on a port of its own */
export async function startTarget(
  name: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = ['--inspect=127.0.0.1:0'],
): Promise<TargetProcess> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [...flags, join(folder, 'main.js')], {
    env: { PATH, LOG_LEVEL: 'info', PORT: '0', METRICS_PORT: '0', CONTROL_PORT: '0', BALANCER: 'none', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithOwner(child);
  const said = new ProcessLog();
  let ready: ReadyReport | undefined;
  createInterface(child.stdout).on('line', (line) => {
    const report = said.log(line);
    ready ??= report;
  });
  createInterface(child.stderr).on('line', (line) => said.keep(line));
  let death: string | undefined;
  child.once('exit', (code, signal) => (death = signal ?? `exit code ${code}`));
  try {
    await until(`${name} is ready`, () => ready !== undefined || death !== undefined, READY_MS);
    if (!ready) throw new Error(`${name} has not started: ${death}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said.last.join('\n')}`, {
      cause: error,
    });
  }
  return {
    name,
    pid: child.pid!,
    ports: ready.ports,
    inspector: said.inspector,
    death: () => death ?? (said.fatal === undefined ? undefined : `its last word: ${said.fatal}`),
    lastLines: () => said.last,
    requestLines: said.requests,
    errors: said.errors,
    kill: () => void child.kill('SIGKILL'),
  };
}

/** What a process has said: ready once, errors counted, and the last of it kept. */
class ProcessLog {
  readonly last: string[] = [];
  readonly requests: string[] = [];
  readonly errors = new Map<string, number>();
  fatal: string | undefined;
  inspector = '';

  keep(line: string): void {
    if (line === '') return;
    this.inspector ||= /ws:\/\/\S+/.exec(line)?.[0] ?? '';
    if (/^(Debugger|For help|Starting inspector)/.test(line)) return;
    this.last.push(line);
    if (this.last.length > KEPT_LINES) this.last.shift();
  }

  private keepRequest(line: string): void {
    this.requests.push(line);
    if (this.requests.length > KEPT_LINES) this.requests.shift();
  }

  log(line: string): ReadyReport | undefined {
    if (!line.startsWith('{')) {
      this.keep(line);
      return undefined;
    }
    const entry = JSON.parse(line) as Record<string, unknown>;
    if (entry['event'] === 'service.ready') return readyReport.parse(entry);
    if (entry['message'] === 'request') this.keepRequest(line);
    const level = levelOf(entry['level']);
    if (level < ERROR_LEVEL) return undefined;
    const what = String(entry['event'] ?? entry['message']);
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
    this.keep(line);
    if (level >= FATAL_LEVEL) this.fatal ??= line;
    return undefined;
  }
}
