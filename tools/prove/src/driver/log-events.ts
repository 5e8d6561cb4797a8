import type { LogEvent } from './fleet-driver.ts';

/** Lines of a replica's log that have an `event`; what is no JSON, or has no time, is none of ours. */
export function parseEvents(text: string, by: string, sinceMs: number): LogEvent[] {
  return text.split('\n').flatMap((line) => {
    if (!line.includes('"event"')) return [];
    const fields = parsed(line);
    const { event, time } = fields ?? {};
    if (!fields || typeof event !== 'string' || typeof time !== 'string') return [];
    const atMs = Date.parse(time);
    return atMs >= sinceMs ? [{ by, event, atMs, fields }] : [];
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
