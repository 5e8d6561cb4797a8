import { existsSync, realpathSync } from 'node:fs';
import { type FleetReplica, type FleetState, HEALTH_PATHS } from '@nestfleet/contracts';
import { httpStatus } from '../process/http-status.ts';
import { isRunning } from '../process/identity.ts';
import { stackPaths } from '../core/stack-paths.ts';
import { readState } from '../supervisor/state-file.ts';
import { addressLines } from './addresses.ts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';
import { formatAge, columns } from '../core/table.ts';

/** ps shows what is running: a table for people, or the state file as it is. */
export async function ps(
  { stackDir, print }: CommandContext,
  { json }: Extract<Command, { name: 'ps' }>,
): Promise<void> {
  const paths = existsSync(stackDir) ? stackPaths(realpathSync(stackDir)) : undefined;
  const state = paths && readState(paths.state);
  if (paths === undefined || state === undefined) return print(json ? 'null' : 'no fleet is up');
  if (json) return print(JSON.stringify(state, null, 2));
  const { pid, started_at_ms: startedAtMs } = state.supervisor;
  if (!isRunning({ pid, startedAtMs }))
    print('warning: the supervisor was killed; this is its last state, and make up or make down stops what it left');
  for (const line of tableOf(state, Date.now(), await drainedOf(state))) print(line);
  for (const line of addressLines(state, paths)) print(line);
}

/** Asked by people, who see at once that one is slow. */
const ANSWER_WITHIN_MS = 500;

const shown = (value: number | null): string => (value === null ? '-' : String(value));

/** Ready ones that were taken out of service: only they themselves know, for anybody may ask it of them. */
async function drainedOf({ replicas }: FleetState): Promise<ReadonlySet<string>> {
  const checks = replicas.map(async ({ name, state, ports: { http } }) => {
    if (state !== 'ready' || http === null) return [];
    const status = await httpStatus(`http://127.0.0.1:${http}${HEALTH_PATHS.ready}`, ANSWER_WITHIN_MS).catch(() => 0);
    return status === 404 ? [name] : [];
  });
  return new Set((await Promise.all(checks)).flat());
}

function rowOf(replica: FleetReplica, nowMs: number, isDrained: boolean): string[] {
  const { name, state, pid, started_at_ms: startedAtMs, restarts, ports } = replica;
  const numbers = [ports.http, ports.rpc, ports.control, ports.metrics].map(shown);
  return [
    name,
    isDrained ? 'drained' : state,
    String(pid),
    formatAge(nowMs - startedAtMs),
    String(restarts),
    ...numbers,
  ];
}

/**
 * tableOf answers the lines of a table, one per process, columns aligned.
 * @param drained names of replicas that are out of service
 */
export function tableOf(state: FleetState, nowMs: number, drained: ReadonlySet<string>): string[] {
  const head = ['NAME', 'STATE', 'PID', 'AGE', 'RESTARTS', 'HTTP', 'RPC', 'CONTROL', 'METRICS'];
  const servers = state.servers.map(({ name, pid, started_at_ms: startedAtMs, version, url }) => [
    name,
    'running',
    String(pid),
    formatAge(nowMs - startedAtMs),
    '',
    `${url} (${version})`,
  ]);
  const replicas = state.replicas
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map((replica) => rowOf(replica, nowMs, drained.has(replica.name)));
  return columns([head, ...replicas], servers);
}
