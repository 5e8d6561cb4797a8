import type { EventHistory } from '../load/event-client.ts';
import { type Finding, finding } from './finding.ts';

/** Every client has each event once, in order, from the first one on. */
export function withoutGap(clients: readonly EventHistory[]): Finding {
  const faults = clients.flatMap(({ ids }, client) => {
    const wrong = ids.findIndex((id, at) => id !== at);
    if (ids.length === 0) return [`client ${client}: no event came`];
    return wrong === -1 ? [] : [`client ${client}: event ${ids[wrong]} came where ${wrong} was due`];
  });
  return finding(
    'every client has each event once and in order',
    clients.length === 0 ? ['there was no client'] : faults,
  );
}

/** No connection ended but behind a hint when to come back, and each that ended was followed by another one. */
export function endOnlyWithHint(clients: readonly EventHistory[]): Finding {
  const faults = clients.flatMap(({ connections }, client) => {
    const bad = connections.filter(({ end }) => end === 'cut' || end === 'unhinted');
    const words = bad.map(({ end, servedBy, reason }) => `client ${client}: ${end} at ${servedBy} ${reason}`);
    return connections.at(-1)?.end === 'open' ? words : [...words, `client ${client}: did not come back`];
  });
  return finding('streams end only with a hint to come back, and every client came back', faults);
}

/** Connections to one replica that it has told to go. */
export const hintedBy = (clients: readonly EventHistory[], servedBy: string): number =>
  clients
    .flatMap(({ connections }) => connections)
    .filter((each) => each.servedBy === servedBy && each.end === 'hinted').length;
