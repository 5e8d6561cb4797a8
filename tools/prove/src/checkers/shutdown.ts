import type { LogEvent } from '../driver/fleet-driver.ts';
import { type Finding, finding } from './finding.ts';

/**
 * completedShutdown: a replica that was stopped says at its end that it cut nothing. One that the platform has killed, as at the
 * end of a grace period, says nothing.
 */
export function completedShutdown(events: readonly LogEvent[], servedBy: string): Finding {
  const ends = events.filter(({ event, by }) => event === 'shutdown.completed' && by === servedBy);
  const isWell = ends.length === 1 && ends[0]?.fields['cut'] === 0;
  const found = ends.length === 0 ? 'its log has no end of it' : JSON.stringify(ends.map(({ fields }) => fields));
  return finding(`${servedBy} completes its graceful shutdown and cuts nothing`, isWell ? [] : [found]);
}
