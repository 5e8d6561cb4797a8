import type { CatalogEntry } from '../driver/fleet-driver.ts';
import { type Finding, finding } from './finding.ts';

/** Every live replica has its one entry, which passes; nobody else has one. */
export function oneEntryPerReplica(entries: readonly CatalogEntry[], live: readonly string[]): Finding {
  const found = Map.groupBy(entries, ({ instanceId }) => instanceId);
  return finding(`one passing entry for each of ${live.length} replicas`, [
    ...live.filter((id) => !found.has(id)).map((id) => `${id} has no entry`),
    ...[...found].flatMap(([id, each]) => (each.length > 1 ? [`${id} has ${each.length} entries`] : [])),
    ...entries.flatMap(({ instanceId, health }) =>
      live.includes(instanceId) ? [] : [`${instanceId} has an entry (${health}) and is no live replica`],
    ),
    ...entries.flatMap(({ instanceId, health }) =>
      live.includes(instanceId) && health !== 'passing' ? [`${instanceId} is ${health}`] : [],
    ),
  ]);
}
