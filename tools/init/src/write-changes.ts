import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from './plan.ts';

/** Writes all changes, or none: where one cannot be written, those before it are taken back. */
export function writeChanges(root: string, changes: readonly Change[]): void {
  const begun: Change[] = [];
  try {
    for (const change of changes) {
      begun.push(change);
      writeFileSync(join(root, change.path), change.after);
    }
  } catch (fault) {
    for (const { path, before } of begun.toReversed()) takeBack(join(root, path), before);
    throw fault;
  }
}

/** What could not be written may not be written back, either; the fault that is told is the first one. */
function takeBack(path: string, before: string | undefined): void {
  try {
    if (before === undefined) rmSync(path, { force: true });
    else writeFileSync(path, before);
  } catch {
    // The fault of the change itself is thrown.
  }
}
