import type { Conditions } from '@nestfleet/service';
import type { Precondition } from '@nestfleet/state';

/**
 * preconditionOf maps conditions on entity tags to a precondition of the store.
 * @param versionOf undefined where the tag is none of ours, so that nothing stored has it
 */
export function preconditionOf(
  { only, never }: Conditions,
  versionOf: (opaque: string) => number | undefined,
): Precondition {
  const versionsOf = (tags: readonly string[]): number[] => tags.flatMap((opaque) => versionOf(opaque) ?? []);
  return {
    ...(only === undefined ? {} : { ifVersion: only === '*' ? 'present' : versionsOf(only) }),
    ...(never === undefined ? {} : { unlessVersion: never === '*' ? 'present' : versionsOf(never) }),
  };
}
