import { readFileSync, statSync } from 'node:fs';

/** How often the file is looked at. */
const LOOK_EVERY_MS = 1_000;

/**
 * rereadFile gives the text of a file, such as a token, read again when the file has changed: an agent of a secret store writes a new one
 * before the old one expires. The last text stays where the file cannot be read, or is empty, for a moment.
 *
 * @param nowMs a clock that never goes back
 * @throws what the file system says where it cannot be read the first time
 */
export function rereadFile(path: string, nowMs: () => number = () => performance.now()): () => string {
  let change = changeOf(path);
  let text = readFileSync(path, 'utf8').trim();
  let lookedAtMs = nowMs();
  return () => {
    if (nowMs() - lookedAtMs < LOOK_EVERY_MS) return text;
    lookedAtMs = nowMs();
    try {
      const now = changeOf(path);
      const read = now === change ? '' : readFileSync(path, 'utf8').trim();
      if (read !== '') {
        text = read;
        change = now;
      }
    } catch {
      // Being replaced: the next look finds it.
    }
    return text;
  };
}

/** By inode too: a file that was renamed into place may be as old as the one before. */
const changeOf = (path: string): string => {
  const { mtimeMs, ino, size } = statSync(path);
  return `${mtimeMs} ${ino} ${size}`;
};
