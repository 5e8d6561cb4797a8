import type {
  ContainerFleet,
  ContainerReplica,
  ContainerServer,
  FleetReplica,
  FleetServer,
  FleetState,
} from '@nestfleet/contracts';

/** SHARED cells of a server widen their columns; what follows says more than fits in one. */
const SHARED = 4;

/** columns are lines with aligned columns. */
function columns(rows: readonly (readonly string[])[], servers: readonly (readonly string[])[]): string[] {
  const wide = [...rows, ...servers.map((row) => row.slice(0, SHARED))];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...wide.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [...rows, ...servers].map(line);
}

const shown = (value: number | null): string => (value === null ? '-' : String(value));
const SHORT_ID_CHARS = 12;

type Each = FleetReplica | FleetServer | ContainerReplica | ContainerServer;

/**
 * fleetTable answers the lines of a table, one per process or container, columns aligned: replicas by their names, servers.
 * @param drained names of replicas that are out of service
 */
export function fleetTable(
  fleet: FleetState | ContainerFleet,
  nowMs: number,
  drained: ReadonlySet<string> = new Set(),
): string[] {
  const id = fleet.supervisor === null ? 'CONTAINER' : 'PID';
  const first = (each: Each): string[] => [
    each.name,
    drained.has(each.name) ? 'drained' : 'state' in each ? each.state : 'running',
    each.pid === null ? each.container.id.slice(0, SHORT_ID_CHARS) : String(each.pid),
    formatAge(nowMs - each.started_at_ms),
  ];
  const replicas = (fleet.replicas as readonly (FleetReplica | ContainerReplica)[])
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map((each) => {
      const { http, rpc, control, metrics } = each.ports;
      return [...first(each), String(each.restarts), ...[http, rpc, control, metrics].map(shown)];
    });
  const servers = fleet.servers.map((each) => [
    ...first(each),
    '',
    each.url === null ? each.version : `${each.url} (${each.version})`,
  ]);
  const head = ['NAME', 'STATE', id, 'AGE', 'RESTARTS', 'HTTP', 'RPC', 'CONTROL', 'METRICS'];
  return columns([head, ...replicas], servers);
}

/** formatAge: `12 s`, `3 min`, `2 h`, `5 d` */
export function formatAge(ageMs: number): string {
  const s = Math.max(0, Math.floor(ageMs / 1_000));
  if (s < 120) return `${s} s`;
  if (s < 7_200) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}
