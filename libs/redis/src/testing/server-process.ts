import { type ChildProcess, spawn } from 'node:child_process';

const OUTPUT_KEPT_CHARS = 16_384;

/** A child with what it said last, which the error messages quote. */
export interface ServerProcess {
  child: ChildProcess;
  output(): string;
  hasExited(): boolean;
  /** Resolves when the child is gone, also when it could not be started. */
  exited: Promise<void>;
}

const running = new Set<ServerProcess>();

/** Servers do not outlive a process that exits without stopping them. (A signal that kills it gives no such chance.) */
function endAll(): void {
  for (const { child } of running) {
    child.kill('SIGTERM');
    child.kill('SIGCONT');
  }
}

/** Starts `binary` with piped output. Never throws: a missing binary shows as an exit with the reason in the output. */
export function spawnServer(binary: string, args: readonly string[]): ServerProcess {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let gone = false;
  const keep = (chunk: unknown) => {
    said = (said + String(chunk)).slice(-OUTPUT_KEPT_CHARS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<void>((resolve) => {
    const leave = () => {
      gone = true;
      running.delete(server);
      if (running.size === 0) process.off('exit', endAll);
      resolve();
    };
    child.once('error', (error) => {
      keep(`${error.message}\n`);
      if (child.pid === undefined) leave();
    });
    child.once('close', leave);
  });
  const server: ServerProcess = { child, output: () => said, hasExited: () => gone, exited };
  if (running.size === 0) process.on('exit', endAll);
  running.add(server);
  return server;
}

/** SIGTERM, then SIGKILL when the child is still there after `graceMs`. A stopped (SIGSTOP) child is woken to hear it. */
export async function endServer(server: ServerProcess, graceMs: number): Promise<void> {
  if (server.hasExited()) return;
  const timer = setTimeout(() => server.child.kill('SIGKILL'), graceMs);
  server.child.kill('SIGTERM');
  server.child.kill('SIGCONT');
  await server.exited;
  clearTimeout(timer);
}
