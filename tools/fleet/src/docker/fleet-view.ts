import type { ContainerFleet, ContainerReplica, ContainerServer } from '@nestfleet/contracts';
import { parseReadyLine } from '../logs/ready-line.ts';
import { formatAge, columns } from '../core/table.ts';
import type { Container } from './containers.ts';
import { runProgram } from './run.ts';

const LOG_WITHIN_MS = 10_000;
/** A replica says that it is ready within this time of its start, or is looked at in its logs by a person. */
const READY_LINE_WITHIN_MS = 300_000;

/** readInstanceIds reads the ServiceIDs by container id, out of the ready lines of the running replicas. */
export async function readInstanceIds(containers: readonly Container[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await Promise.all(
    containers.map(async ({ id, state, startedAtMs }) => {
      if (state === 'stopped') return;
      const [since, until] = [startedAtMs, startedAtMs + READY_LINE_WITHIN_MS].map((ms) => new Date(ms).toISOString());
      const args = ['logs', '--since', since ?? '', '--until', until ?? '', id];
      const readyLine = async () => {
        const { stdout } = await runProgram('docker', args, { limitMs: LOG_WITHIN_MS });
        return stdout.split('\n').map(parseReadyLine).findLast(Boolean);
      };
      // Engines now and then print nothing of a log that holds it; one that is ready has said so.
      const report = (await readyLine()) ?? (state === 'ready' ? await readyLine() : undefined);
      if (report !== undefined) ids.set(id, report.instance_id);
    }),
  );
  return ids;
}

const shown = (value: number | null): string => (value === null ? '-' : String(value));
const SHORT_ID_CHARS = 12;

/**
 * containerTable answers the lines of a table, one per container, as of the local engine; a container's id where that has a
 * pid.
 */
export function containerTable({ replicas, servers }: ContainerFleet, nowMs: number): string[] {
  const head = ['NAME', 'STATE', 'CONTAINER', 'AGE', 'RESTARTS', 'HTTP', 'RPC', 'CONTROL', 'METRICS'];
  const rows = replicas
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map((replica) => {
      const { http, rpc, control, metrics } = replica.ports;
      return [...firstCells(replica, nowMs), String(replica.restarts), ...[http, rpc, control, metrics].map(shown)];
    });
  const others = servers.map((server) => [
    ...firstCells(server, nowMs),
    '',
    server.url === null ? server.version : `${server.url} (${server.version})`,
  ]);
  return columns([head, ...rows], others, 4);
}

const firstCells = (each: ContainerReplica | ContainerServer, nowMs: number): string[] => [
  each.name,
  each.state,
  each.container.id.slice(0, SHORT_ID_CHARS),
  formatAge(nowMs - each.started_at_ms),
];
