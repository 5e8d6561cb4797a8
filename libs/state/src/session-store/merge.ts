import type { SessionData, SessionValue } from '../sessions/sessions.ts';
import type { Changes, FieldTexts } from './read-fields.ts';

/** One field that a request changed: what it is there, in the store, and what it was when the request read it. */
export interface FieldVersions {
  readonly mine: SessionValue | undefined;
  readonly stored: SessionValue | undefined;
  readonly read: SessionValue | undefined;
}

/** What a field is to be after a request changed it, whatever others made of it since; undefined removes it. May be asked more than once. */
export type MergeField = (versions: FieldVersions) => SessionValue | undefined;

/** For a field that is counted with: what each request added is added. */
export const mergeCounts: MergeField = ({ mine, stored, read }) =>
  Number(stored ?? 0) + Number(mine ?? 0) - Number(read ?? 0);

export const namesOf = ({ set, remove }: Changes): readonly string[] => [...Object.keys(set), ...remove];

/** The stored fields with the changes: of a field with a rule what it says, of any other what the request made of it. */
export function mergeFields(
  stored: SessionData,
  changes: Changes,
  read: FieldTexts,
  rules: ReadonlyMap<string, MergeField>,
): SessionData {
  const merged = new Map(Object.entries(stored));
  for (const name of namesOf(changes)) {
    const mine = changes.set[name];
    const rule = rules.get(name);
    const text = read.get(name);
    const before = text === undefined ? undefined : (JSON.parse(text) as SessionValue);
    const value = rule === undefined ? mine : rule({ mine, stored: stored[name], read: before });
    if (value === undefined) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
