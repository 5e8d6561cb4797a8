import { readdirSync, rmSync, rmdirSync } from 'node:fs';
import { until } from '@nestfleet/timing';
import type { FleetState } from '@nestfleet/contracts';
import { connectSupervisor, sendRequest } from '../control/client.ts';
import { StackFault } from '../core/faults.ts';
import { isRunning } from '../process/identity.ts';
import { knownPaths, type StackPaths } from '../core/stack-paths.ts';
import { endOrphans } from '../supervisor/orphans.ts';
import { readState } from '../supervisor/state-file.ts';
import type { CommandContext } from '../core/context.ts';

/** From its last reply to its end. */
const SUPERVISOR_EXIT_WITHIN_MS = 5_000;

/** down ends the fleet, also one whose supervisor was killed; the data stays. Nothing to end is no fault. @throws StackFault */
export async function down({ stackDir, print }: CommandContext): Promise<void> {
  const paths = knownPaths(stackDir);
  if (paths === undefined) return print('no fleet is up');
  const state = readState(paths.state);
  const socket = await connectSupervisor(paths);
  if (socket !== undefined) {
    const startMs = performance.now();
    await sendRequest(socket, { do: 'down' }, (line) => print(`  ${line}`));
    if (state !== undefined) await supervisorGone(state.supervisor);
    return print(`down (${((performance.now() - startMs) / 1_000).toFixed(1)} s)`);
  }
  const ended = await endOrphans(state, (line) => print(`  ${line}`));
  rmSync(paths.state, { force: true });
  rmSync(paths.endpoint, { force: true });
  print(ended > 0 ? 'down' : 'no fleet is up');
}

async function supervisorGone({ pid, started_at_ms: startedAtMs }: FleetState['supervisor']): Promise<void> {
  await until(() => !isRunning({ pid, startedAtMs }), SUPERVISOR_EXIT_WITHIN_MS).catch((cause: unknown) => {
    throw new StackFault('supervisor_lost', `the supervisor (pid ${pid}) has ended its fleet but not itself`, {
      cause,
    });
  });
}

/** clean ends the fleet and removes what it kept. Only what is its own: STACK_DIR may name any folder. */
export async function clean(context: CommandContext): Promise<void> {
  await down(context);
  const paths = knownPaths(context.stackDir);
  if (paths === undefined) return;
  for (const path of ownPaths(paths)) rmSync(path, { recursive: true, force: true });
  if (readdirSync(paths.dir).length === 0) rmdirSync(paths.dir);
  context.print('data, logs and secrets removed');
}

function ownPaths(paths: StackPaths): string[] {
  return Object.values<string>({ ...paths }).filter((path) => path !== paths.dir);
}
