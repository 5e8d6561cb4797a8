import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** writeAtomically replaces a file so that a reader sees the old or the new text, never a half; also when the disk is full. */
export function writeAtomically(path: string, text: string): void {
  const next = `${path}.next`;
  try {
    const fd = openSync(next, 'w', 0o600);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
    renameSync(next, path);
  } catch (fault) {
    rmSync(next, { force: true });
    throw fault;
  }
}
