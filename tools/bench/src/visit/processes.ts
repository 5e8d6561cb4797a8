import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Running, startBuiltApp } from '../built-app.ts';
import type { ContenderOrder } from './contenders.ts';
import type { LoadOrder, LoadReport } from './load.ts';

/** Ticks of user and system time in /proc are 10 ms on every Linux that Node runs on. */
const TICK_US = 10_000;

/** CPU time of all threads of a process so far, user and system, microseconds. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Keeps a process to one processor, where there are several and `taskset` is there. */
export function pin(child: { readonly pid?: number | undefined }, processor: number): boolean {
  if (child.pid === undefined || availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-acp', `${processor}`, `${child.pid}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function startContender(order: ContenderOrder): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'contender.ts'), [JSON.stringify(order)]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { port, child };
}

export interface ApiOptions {
  /** Beside what every api gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets each entry of its log. */
  readonly onEntry?: (entry: unknown) => void;
}

/**
 * A built api as production runs it: log on standard output, which is read here, metrics, signed cookies, all its limits.
 * @param bundle path of its main.js from the repository's root
 */
export function startApi(redisUrl: string, bundle: string, { env = {}, onEntry }: ApiOptions = {}): Promise<Running> {
  const own = {
    NODE_ENV: 'production',
    RPC_PORT: '0',
    REDIS_URL: redisUrl,
    NAMESPACE: 'bench-api',
    STOP_GRACE_MS: '30000',
    SESSION_KEYS: 'b'.repeat(48),
    OPS_TOKEN: 'o'.repeat(32),
    CONTROL_TOKEN: 'c'.repeat(32),
  };
  return startBuiltApp(bundle, { ...own, ...env }, onEntry);
}

export interface Load {
  readonly child: ChildProcess;
  run(order: LoadOrder): Promise<LoadReport>;
}

export function startLoad(): Load {
  const child = fork(join(import.meta.dirname, 'load.ts'));
  return {
    child,
    async run(order) {
      child.send(order);
      const [report] = (await once(child, 'message')) as [LoadReport];
      return report;
    },
  };
}

/** So many sessions, each opened by a first visit of its own. */
export async function cookiesOf(port: number, count: number): Promise<string[]> {
  const first = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.arrayBuffer();
    const cookie = /^sid=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1];
    if (cookie === undefined) throw new Error(`a first visit answered ${response.status} and no cookie`);
    return cookie;
  };
  const cookies: string[] = [];
  for (let at = 0; at < count; at += 1) cookies.push(await first());
  return cookies;
}
