import type { PatchSession } from '@nestfleet/contracts';
import type { SessionData, SessionValue } from '@nestfleet/state';

/** A patch in the words of the store: what is set, what is removed, and both over known data. */
export function changeOf({ fields }: PatchSession) {
  const entries = Object.entries(fields);
  // What came as a JSON body is JSON.
  const set: SessionData = Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<
    string,
    SessionValue
  >;
  const remove = entries.filter(([, value]) => value === null).map(([name]) => name);
  const edit = (data: SessionData): SessionData =>
    Object.fromEntries(Object.entries({ ...data, ...set }).filter(([name]) => !remove.includes(name)));
  return { set, remove, edit };
}
