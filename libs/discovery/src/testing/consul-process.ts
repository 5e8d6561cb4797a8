import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endWithOwner } from '@nestfleet/timing/testing';
import { DiscoveryError } from '../errors.ts';

const OUTPUT_KEPT_CHARS = 16_000;

export interface ConsulProcess {
  child: ChildProcess;
  pid: number;
  /** The last 16,000 characters of what it printed. */
  output(): string;
  exited(): boolean;
  /** SIGTERM, then SIGKILL when it has not ended after 5 s. Consul ends with code 1 on SIGTERM: that is normal. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function spawnConsul(
  binary: string,
  args: readonly string[],
  log?: (line: string) => void,
): Promise<ConsulProcess> {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // An agent without its parent would hold its ports for ever.
  endWithOwner(child);
  let kept = '';
  const keep = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    kept = (kept + text).slice(-OUTPUT_KEPT_CHARS);
    if (log) for (const line of text.split('\n')) if (line.trim() !== '') log(line);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new DiscoveryError(
      'agent_not_found',
      `cannot run "${binary}": set NESTFLEET_CONSUL to the consul program or put it on PATH`,
      { cause },
    );
  }
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null;

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (exited()) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }
  return {
    child,
    pid: child.pid as number,
    output: () => kept,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
