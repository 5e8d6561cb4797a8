import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { readyReport } from '@nestfleet/contracts';
import { endWithOwner } from '@nestfleet/timing/testing';

export interface Running {
  readonly port: number;
  /** Of Prometheus' text; undefined: it has none. */
  readonly metricsPort?: number;
  readonly child: ChildProcess;
}

const ROOT = join(import.meta.dirname, '../../..');
const ANY_PORTS = { HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', CONTROL_PORT: '0', DISCOVERY: 'fixed' };

/**
 * startBuiltApp starts a built app on ports of its own, and answers once it is ready.
 * @param bundle path of its main.js from the repository's root
 * @param onEntry takes each entry of its log; without it nobody looks at them after the first readiness
 */
export async function startBuiltApp(
  bundle: string,
  env: NodeJS.ProcessEnv,
  onEntry?: (entry: unknown) => void,
): Promise<Running> {
  const main = join(ROOT, bundle);
  if (!existsSync(main)) throw new Error(`${bundle} is not built: nx build ${basename(dirname(bundle))}`);
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...ANY_PORTS, ...env },
  });
  endWithOwner(child);
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${bundle} ended before it was ready`)));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const entry = parsed(line);
      onEntry?.(entry);
      const ready = readyReport.safeParse(entry);
      if (!ready.success) return;
      const { http, metrics } = ready.data.ports;
      resolve({ port: http ?? 0, metricsPort: metrics ?? 0, child });
      if (onEntry !== undefined) return;
      // They must only not fill the pipe.
      lines.close();
      child.stdout.resume();
    });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
