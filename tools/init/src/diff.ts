import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import type { Change } from './plan.ts';

const NOTHING = '/dev/null';

const patchOf = ({ path, before, after }: Change) =>
  structuredPatch(
    before === undefined ? NOTHING : `a/${path}`,
    `b/${path}`,
    before ?? '',
    after,
    undefined,
    undefined,
    {
      context: 3,
    },
  );

/** A unified diff, as `git diff` prints it. */
export const unifiedDiff = (changes: readonly Change[]): string =>
  changes.map((change) => formatPatch(patchOf(change), FILE_HEADERS_ONLY)).join('\n');

/** How many lines are taken away from and put into files that are there already. */
export function changedLines(changes: readonly Change[]): number {
  return changes
    .filter(({ before }) => before !== undefined)
    .flatMap((change) => patchOf(change).hunks)
    .flatMap(({ lines }) => lines)
    .filter((line) => line.startsWith('+') || line.startsWith('-')).length;
}
