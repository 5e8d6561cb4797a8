import { readFileSync } from 'node:fs';
import type { StallTarget } from './stall-injector.ts';
import { docker } from './docker.ts';

/**
 * Signals for a container. Docker passes each on in its own time, which is too long for slowing; where the engine's
 * processes are this machine's own and may be signalled, that is done without it.
 */
export async function containerTarget(id: string): Promise<StallTarget> {
  const pid = Number((await docker('inspect', '--format', '{{.State.Pid}}', id)).trim());
  if (isOurs(pid, id)) return { id, signal: (signal) => void process.kill(pid, signal) };
  return {
    id,
    signal: async (signal) => {
      await docker('kill', '--signal', signal, id);
    },
  };
}

function isOurs(pid: number, id: string): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}
