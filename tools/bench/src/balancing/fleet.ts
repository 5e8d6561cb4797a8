import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readyReport } from '@nestfleet/contracts';
import { z } from 'zod';

export interface FakeReplicaOptions {
  readonly name: string;
  readonly tookMs: number;
  readonly status: number;
  /** Each so many-th answer is a 503. @default none */
  readonly failsEach?: number;
}

export interface FakeReplicaReport {
  readonly port: number;
  /** That it was sent, whether or not somebody waited for the answer. */
  readonly requests: number;
}

export interface FakeReplica {
  readonly port: number;
  readonly child: ChildProcess;
  requests(): Promise<number>;
}

/** A replica in a process of its own, so that it can be stopped and cannot slow the gateway down. */
export async function startFakeReplica(order: FakeReplicaOptions): Promise<FakeReplica> {
  const child = fork(join(import.meta.dirname, 'fake-replica.ts'), [JSON.stringify(order)]);
  const report = async (): Promise<FakeReplicaReport> => {
    const messages = (await once(child, 'message')) as FakeReplicaReport[];
    return messages[0]!;
  };
  const { port } = await report();
  return {
    port,
    child,
    requests: async () => {
      child.send('how many?');
      return (await report()).requests;
    },
  };
}

const GATEWAY = join(import.meta.dirname, '../../../../dist/apps/frontend-gateway/main.js');

/** What the gateway logs of an attempt that failed, as far as it is looked at here. */
const failedAttempt = z.object({
  event: z.literal('proxy.attempt_failed'),
  time: z.string().transform((text) => Date.parse(text)),
  outcome: z.string(),
});
export type FailedAttempt = z.infer<typeof failedAttempt>;

export interface Gateway {
  readonly port: number;
  readonly child: ChildProcess;
  readonly failedAttempts: readonly FailedAttempt[];
}

/** The built gateway over these ports: no registry and no health checks, so what it does is its own defence. */
export async function startGateway(ports: readonly number[], balancer: string): Promise<Gateway> {
  if (!existsSync(GATEWAY)) throw new Error('the gateway is not built: nx build frontend-gateway');
  const child = spawn(process.execPath, [GATEWAY], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      CONTROL_PORT: '0',
      LOG_LEVEL: 'warn',
      DISCOVERY: 'fixed',
      DISCOVERY_FIXED: `api=${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
      UPSTREAM_BALANCER: balancer,
    },
  });
  const failedAttempts: FailedAttempt[] = [];
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the gateway ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = parsed(line);
      const failed = failedAttempt.safeParse(said);
      if (failed.success) failedAttempts.push(failed.data);
      const ready = readyReport.safeParse(said);
      if (ready.success) resolve({ port: ready.data.ports.http ?? 0, child, failedAttempts });
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
