import { type ChildProcess, spawn } from 'node:child_process';
import { endWithOwner } from '@nestfleet/timing/testing';

const OUTPUT_KEPT_CHARS = 16_384;

/** A child with what it said last, which the error messages quote. */
export interface ServerProcess {
  child: ChildProcess;
  output(): string;
  hasExited(): boolean;
  /** Resolves when the child is gone, also when it could not be started. */
  exited: Promise<void>;
}

/**
 * Starts `binary` with piped output; it does not outlive this process. Never throws: a missing binary shows as an exit with the
 * reason in the output.
 */
export function spawnServer(binary: string, args: readonly string[]): ServerProcess {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  endWithOwner(child);
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
      resolve();
    };
    child.once('error', (error) => {
      keep(`${error.message}\n`);
      if (child.pid === undefined) leave();
    });
    child.once('close', leave);
  });
  return { child, output: () => said, hasExited: () => gone, exited };
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
