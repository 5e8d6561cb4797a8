import { statfsSync } from 'node:fs';
import { StackFault, isDiskFull } from '../faults.ts';
import { wordsOf } from '../servers/errors.ts';

/** Logs, an append-only file that is being rewritten and Consul's snapshots fit in here for a while. */
const NEEDED_MB = 64;
const MB = 1024 * 1024;

/** @throws StackFault disk_full when the stack folder's disk has no room to begin with */
export function checkDisk(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  const freeMb = Math.floor((bavail * bsize) / MB);
  if (freeMb < NEEDED_MB)
    throw new StackFault('disk_full', `the disk of ${dir} is full: ${freeMb} MB free, ${NEEDED_MB} MB are needed`);
}

/** The same story when a write fails later. */
export const diskFault = (dir: string, fault: unknown): unknown =>
  isDiskFull(fault)
    ? new StackFault('disk_full', `the disk of ${dir} is full: ${wordsOf(fault)}`, { cause: fault })
    : fault;
