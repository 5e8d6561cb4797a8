import { type FleetState, HEALTH_PATHS } from '@nestfleet/contracts';
import { httpStatus } from '../process/http-status.ts';
import { isRunning } from '../process/identity.ts';
import { knownPaths } from '../core/stack-paths.ts';
import { readState } from '../supervisor/state-file.ts';
import { addressLines } from './addresses.ts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';
import { fleetTable } from '../core/table.ts';

/** ps shows what is running: a table for people, or the state file as it is. */
export async function ps(
  { stackDir, print }: CommandContext,
  { json }: Extract<Command, { name: 'ps' }>,
): Promise<void> {
  const paths = knownPaths(stackDir);
  const state = paths && readState(paths.state);
  if (paths === undefined || state === undefined) return print(json ? 'null' : 'no fleet is up');
  if (json) return print(JSON.stringify(state, null, 2));
  const { pid, started_at_ms: startedAtMs } = state.supervisor;
  if (!isRunning({ pid, startedAtMs }))
    print('warning: the supervisor was killed; this is its last state, and make up or make down stops what it left');
  for (const line of fleetTable(state, Date.now(), await drainedOf(state))) print(line);
  for (const line of addressLines(state, paths)) print(line);
}

/** Asked by people, who see at once that one is slow. */
const ANSWER_WITHIN_MS = 500;

/** Ready ones that were taken out of service: only they themselves know, for anybody may ask it of them. */
async function drainedOf({ replicas }: FleetState): Promise<ReadonlySet<string>> {
  const checks = replicas.map(async ({ name, state, ports: { http } }) => {
    if (state !== 'ready' || http === null) return [];
    const status = await httpStatus(`http://127.0.0.1:${http}${HEALTH_PATHS.ready}`, ANSWER_WITHIN_MS).catch(() => 0);
    return status === 404 ? [name] : [];
  });
  return new Set((await Promise.all(checks)).flat());
}
