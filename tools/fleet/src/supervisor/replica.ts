import { join } from 'node:path';
import { HEALTH_PATHS, type ReadyReport, type ServiceName } from '@nestfleet/contracts';
import { replicaName } from '../core/services.ts';
import { readFrom } from '../logs/log-file.ts';
import { parseReadyLine } from '../logs/ready-line.ts';
import { startChild, type Child } from '../process/child.ts';
import { httpStatus } from '../process/http-status.ts';
import type { ProcessSpec } from './managed-process.ts';

const exitGuard = join(import.meta.dirname, '../process/exit-with-supervisor.mjs');
const ANSWER_WITHIN_MS = 1_000;
/** GRACE_MS is above the longest graceful shutdown, the 30 s of a worker: who takes longer than this hangs. */
export const GRACE_MS = 45_000;

export interface ReplicaOptions {
  readonly service: ServiceName;
  readonly slot: number;
  /** The app's bundle. */
  readonly program: string;
  readonly logFile: string;
  readonly readyWithinMs: number;
  /** Asked at each start. */
  env(): NodeJS.ProcessEnv;
  publicFd(): number | null;
}

/** replicaSpec: ready is a replica that has logged so and answers `GET /readyz` with 200. */
export function replicaSpec(options: ReplicaOptions): ProcessSpec<ReadyReport> {
  const { service, slot, program, logFile, readyWithinMs } = options;
  let read: { child: Child; offset: number; rest: string; report?: ReadyReport } | undefined;

  function reportOf(child: Child): ReadyReport | undefined {
    if (read?.child !== child) read = { child, offset: child.logOffset, rest: '' };
    const more = readFrom(logFile, read.offset);
    const lines = (read.rest + more.text).split('\n');
    read.offset = more.offset;
    read.rest = lines.pop() ?? '';
    read.report ??= lines.map(parseReadyLine).find((report) => report !== undefined);
    return read.report;
  }

  return {
    name: replicaName(service, slot),
    readyWithinMs,
    graceMs: GRACE_MS,
    start: () => {
      const publicFd = options.publicFd();
      return startChild({
        command: process.execPath,
        args: ['--import', exitGuard, program],
        env: options.env(),
        logFile,
        ...(publicFd === null ? {} : { publicFd }),
        lifeline: true,
      });
    },
    probe: async (child) => {
      const report = reportOf(child);
      if (report === undefined || !(await answersReady(report.ports.http))) return undefined;
      return report;
    },
  };
}

async function answersReady(port: number | null): Promise<boolean> {
  return port === null || (await httpStatus(`http://127.0.0.1:${port}${HEALTH_PATHS.ready}`, ANSWER_WITHIN_MS)) === 200;
}
