import { type ChildProcess, spawn } from 'node:child_process';

/**
 * endWithOwner ends a child when this process ends without stopping it, however it ends: the pipe of a process beside it breaks
 * then. The event 'exit' of `process` would not do: who is killed has none, and Jest gives tests a copy of `process`, which it never
 * reaches.
 * @param signal to end at once
 */
export function endWithOwner(child: ChildProcess, signal: 'SIGKILL' | 'SIGQUIT' = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  const script = `read -r _; kill -${signal.slice('SIG'.length)} "$1"`;
  const guard = spawn('sh', ['-c', script, 'sh', String(child.pid)], {
    // Ctrl-C is for the group of its owner.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  guard.once('error', () => child.kill(signal));
  child.once('exit', () => guard.kill('SIGKILL'));
}
