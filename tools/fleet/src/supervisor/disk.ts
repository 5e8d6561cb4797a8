import { statfsSync } from 'node:fs';
import { StackFault, isDiskFull } from '../core/faults.ts';
import { messageOf } from '../servers/errors.ts';

/** Logs, an append-only file that is being rewritten and Consul's snapshots fit in here for a while. */
const NEEDED_MB = 64;
/** Below this any write may fail, and whatever failed did so because of it. */
const FULL_BELOW_MB = 1;
const MB = 1024 * 1024;

function freeMb(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return Math.floor((bavail * bsize) / MB);
}

/** checkDisk looks for room to begin with. @throws StackFault disk_full */
export function checkDisk(dir: string): void {
  const free = freeMb(dir);
  if (free < NEEDED_MB)
    throw new StackFault('disk_full', `the disk of ${dir} is full: ${free} MB free, ${NEEDED_MB} MB are needed`);
}

/**
 * watchDisk rejects once the disk is full: a replica that cannot write its log cannot say that it is ready, and would be
 * waited for. `stop` ends the watch; the promise then stays open.
 */
export function watchDisk(dir: string, everyMs = 500): { full: Promise<never>; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    if (freeMb(dir) < FULL_BELOW_MB)
      reject(new StackFault('disk_full', `the disk of ${dir} is full: no room is left on it`));
  }, everyMs);
  return { full: promise, stop: () => clearInterval(timer) };
}

/**
 * diskFault is the fault, as disk_full when that is the cause: a server or a replica that ran out of room reports it its own
 * way.
 */
export function diskFault(dir: string, fault: unknown): unknown {
  if (fault instanceof StackFault && fault.code === 'disk_full') return fault;
  if (!isDiskFull(fault) && freeMb(dir) >= FULL_BELOW_MB) return fault;
  return new StackFault('disk_full', `the disk of ${dir} is full: ${messageOf(fault)}`, { cause: fault });
}
