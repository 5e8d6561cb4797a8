import { afterEach } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.ts';
import { startRawReplica } from './raw-replica.ts';
import { type Replica, startReplica } from './replica.ts';
import { startStoppedReplica } from './stopped-replica.ts';

type Closable = { close(): Promise<void> };

/** Starts what a test needs; all of it is closed after the test, last first. */
export interface Opened {
  readonly replica: typeof startReplica;
  readonly rawReplica: typeof startRawReplica;
  readonly stoppedReplica: typeof startStoppedReplica;
  /** A gateway over these replicas, or addresses. */
  readonly gateway: (
    over: readonly (Pick<Replica, 'address'> | string)[],
    settings?: Parameters<typeof startGateway>[1],
  ) => Promise<TestGateway>;
}

/** Call it once per file. */
export function opened(): Opened {
  const open: Closable[] = [];
  const keep = <T extends Closable>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  afterEach(async () => {
    while (open.length > 0) await open.pop()?.close();
  });
  return {
    replica: async (name, serve) => keep(await startReplica(name, serve)),
    rawReplica: async (answer) => keep(await startRawReplica(answer)),
    stoppedReplica: async () => keep(await startStoppedReplica()),
    gateway: async (over, settings) =>
      keep(
        await startGateway(
          over.map((each) => (typeof each === 'string' ? each : each.address)),
          settings,
        ),
      ),
  };
}
