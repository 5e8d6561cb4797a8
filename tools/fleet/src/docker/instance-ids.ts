import { parseReadyLine } from '../logs/ready-line.ts';
import type { Container } from './containers.ts';
import { type Runner, runProgram } from './run.ts';

const LOG_WITHIN_MS = 10_000;
/** A replica says that it is ready within this time of its start, or is looked at in its logs by a person. */
const READY_LINE_WITHIN_MS = 300_000;
/**
 * An engine writes the start of a container down when it has done the rest of it, which on a busy machine is later than the
 * ready line. One that is still starting has said nothing yet: what is there before its start is of an earlier run.
 */
const START_RECORDED_WITHIN_MS = 10_000;

/** readInstanceIds reads the ServiceIDs by container id, out of the ready lines of the running replicas. */
export async function readInstanceIds(
  containers: readonly Container[],
  runner: Runner = runProgram,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await Promise.all(
    containers.map(async ({ id, state, startedAtMs }) => {
      if (state === 'stopped') return;
      const sinceMs = startedAtMs - (state === 'starting' ? 0 : START_RECORDED_WITHIN_MS);
      const [since, until] = [sinceMs, startedAtMs + READY_LINE_WITHIN_MS].map((ms) => new Date(ms).toISOString());
      const args = ['logs', '--since', since ?? '', '--until', until ?? '', id];
      const { stdout } = await runner('docker', args, { limitMs: LOG_WITHIN_MS });
      const report = stdout.split('\n').map(parseReadyLine).findLast(Boolean);
      if (report !== undefined) ids.set(id, report.instance_id);
    }),
  );
  return ids;
}
