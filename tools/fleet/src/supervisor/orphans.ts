import type { FleetReplica, FleetServer, FleetState } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { isRunning, signalProcess, type ProcessIdentity } from '../process/identity.ts';

/**
 * Replicas shut down by themselves when their supervisor is killed, and a second signal would cut them short: they get time
 * first.
 */
const OWN_SHUTDOWN_MS = 20_000;
const SIGTERM_SHUTDOWN_MS = 15_000;
const LOOK_EVERY_MS = 50;

interface Orphan extends ProcessIdentity {
  readonly name: string;
}

const orphanOf = ({ name, pid, started_at_ms: startedAtMs }: FleetReplica | FleetServer): Orphan => ({
  name,
  pid,
  startedAtMs,
});

/** orphansOf are the processes of a fleet whose supervisor is gone, servers last in the order in which they may end. */
export function orphansOf(state: FleetState): { replicas: Orphan[]; servers: Orphan[] } {
  const alive = (orphan: Orphan): boolean => orphan.pid > 0 && isRunning(orphan);
  return {
    replicas: state.replicas.map(orphanOf).filter(alive),
    servers: state.servers.toReversed().map(orphanOf).filter(alive),
  };
}

async function untilGone(orphans: readonly Orphan[], withinMs: number): Promise<Orphan[]> {
  await until(() => !orphans.some(isRunning), withinMs, { everyMs: LOOK_EVERY_MS }).catch(() => undefined);
  return orphans.filter(isRunning);
}

async function endAll(orphans: readonly Orphan[], graceMs: number, say: (line: string) => void): Promise<void> {
  const left = await untilGone(orphans, graceMs);
  for (const orphan of left) signalProcess(orphan, 'SIGTERM');
  // One that was stopped hears nothing until it is woken.
  for (const orphan of left) signalProcess(orphan, 'SIGCONT');
  const stuck = await untilGone(left, SIGTERM_SHUTDOWN_MS);
  for (const orphan of stuck) {
    say(`warning: ${orphan.name} (pid ${orphan.pid}) has not shut down: killed`);
    signalProcess(orphan, 'SIGKILL');
  }
  await untilGone(stuck, SIGTERM_SHUTDOWN_MS);
}

/**
 * endOrphans stops what a killed supervisor left running, by pid and start time, so that a pid which is another process's by
 * now is never hit. @returns how many there were
 */
export async function endOrphans(state: FleetState | undefined, say: (line: string) => void): Promise<number> {
  if (state === undefined) return 0;
  const { replicas, servers } = orphansOf(state);
  const count = replicas.length + servers.length;
  if (count === 0) return 0;
  say(
    `the last supervisor was killed; stopping what it left: ${[...replicas, ...servers].map(({ name }) => name).join(', ')}`,
  );
  await endAll(replicas, OWN_SHUTDOWN_MS, say);
  await endAll(servers, 0, say);
  return count;
}
