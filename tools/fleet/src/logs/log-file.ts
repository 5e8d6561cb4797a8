import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';

/** LOG_BYTES_MAX is about the length of a log; the one before it is kept as `<name>.log.1`. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;
const TAIL_BYTES_MAX = 64 * 1024;

export interface OpenLog {
  readonly fd: number;
  /** Size when it was opened, bytes. */
  readonly offset: number;
}

/** openLog opens a log for a new writer, at a fresh file when the old one is long enough. */
export function openLog(path: string, bytesMax = LOG_BYTES_MAX): OpenLog {
  if (sizeOf(path) >= bytesMax) renameSync(path, `${path}.1`);
  const fd = openSync(path, 'a', 0o600);
  return { fd, offset: fstatSync(fd).size };
}

/**
 * boundLogs cuts logs that have grown too long while a process writes them: their end is kept beside them, then the file is
 * emptied. The writers append, so they go on at the new end; a line that comes between copy and cut is lost. On a full disk
 * the copy fails and the file is emptied all the same.
 * @returns the names of those it cut
 */
export function boundLogs(dir: string, bytesMax = LOG_BYTES_MAX): string[] {
  const tooLong = readdirSync(dir).filter((name) => name.endsWith('.log') && sizeOf(join(dir, name)) >= bytesMax);
  for (const path of tooLong.map((name) => join(dir, name))) {
    try {
      copyFileSync(path, `${path}.1`);
    } finally {
      truncateSync(path, 0);
    }
  }
  return tooLong;
}

/**
 * readFrom answers what was written from `offset` on, and where it ended; from the beginning when the file was cut in
 * between.
 */
export function readFrom(path: string, offset: number, bytesMax = TAIL_BYTES_MAX): { text: string; offset: number } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return { text: '', offset: 0 };
  }
  try {
    const { size } = fstatSync(fd);
    const from = size < offset ? 0 : offset;
    const buffer = Buffer.alloc(Math.min(size - from, bytesMax));
    const read = readSync(fd, buffer, 0, buffer.length, from);
    return { text: buffer.toString('utf8', 0, read), offset: from + read };
  } finally {
    closeSync(fd);
  }
}

/** tailOf are the last lines of a log, the empty ones left out; with `sinceOffset` only what was written after it. */
export function tailOf(path: string, linesMax: number, sinceOffset = 0): string[] {
  const from = Math.max(sinceOffset, sizeOf(path) - TAIL_BYTES_MAX, 0);
  const { text } = readFrom(path, from);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-linesMax);
}

/** logNames are the logs of a stack, by the names of their processes; the oldest name order is alphabetical. */
export function logNames(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.log'))
      .map((name) => name.slice(0, -'.log'.length))
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** readText answers the whole of a small text file, undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
