import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type Running, startBuiltApp } from '../built-app.ts';

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

/** What the gateway logs of an attempt that failed, as far as it is looked at here. */
const failedAttempt = z.object({
  event: z.literal('proxy.attempt_failed'),
  time: z.string().transform((text) => Date.parse(text)),
  outcome: z.string(),
});
export type FailedAttempt = z.infer<typeof failedAttempt>;

export interface Gateway extends Running {
  readonly failedAttempts: readonly FailedAttempt[];
}

/** The built gateway over these ports: no registry and no health checks, so what it does is its own defence. */
export async function startGateway(ports: readonly number[], balancer: string): Promise<Gateway> {
  const failedAttempts: FailedAttempt[] = [];
  const env = {
    LOG_LEVEL: 'warn',
    DISCOVERY_FIXED: `api=${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    UPSTREAM_BALANCER: balancer,
  };
  const running = await startBuiltApp('dist/apps/frontend-gateway/main.js', env, (entry) => {
    const failed = failedAttempt.safeParse(entry);
    if (failed.success) failedAttempts.push(failed.data);
  });
  return { ...running, failedAttempts };
}
