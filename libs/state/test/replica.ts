import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { WITHIN_MS } from './servers.ts';

/** Replica is an app as a process of its own, which says what happens, a line each. */
export interface Replica {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** The rest of the first line that begins so, when it has been said. */
  said(beginning: string): Promise<string>;
  tell(line: string): void;
}

/** Starts a program that {@link bundle} has made; `replicas` are ended by the test. */
export function startReplica(program: string, words: readonly string[], replicas: Replica[]): Replica {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  endWithOwner(child);
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const replica: Replica = {
    child,
    lines,
    said: async (beginning) => {
      const found = await until(() => lines.find((line) => line.startsWith(beginning)), 2 * WITHIN_MS, {
        what: `the line "${beginning}"`,
      });
      return found.slice(beginning.length).trim();
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
  };
  replicas.push(replica);
  return replica;
}

export function killAll(replicas: Replica[]): void {
  for (const { child } of replicas.splice(0)) child.kill('SIGKILL');
}
