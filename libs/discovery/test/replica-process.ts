import { createInterface } from 'node:readline';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endWithOwner } from '@nestfleet/timing/testing';
import type { ServiceDefinition } from '../src/index.ts';

/** A replica that is a process of its own, so that it can be killed. */
export interface ReplicaProcess {
  id: string;
  /** SIGKILL: nothing of it is tidied up. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('./replica-program.ts', import.meta.url));

/** Starts one that is announced when the promise resolves. */
export async function startReplicaProcess(
  definition: Pick<ServiceDefinition, 'service' | 'slot' | 'epoch'>,
  addresses: readonly string[],
): Promise<ReplicaProcess> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify({ definition, addresses })], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithOwner(child);
  if (child.stdout === null) throw new Error('a pipe was asked for');
  const [id] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    id,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
