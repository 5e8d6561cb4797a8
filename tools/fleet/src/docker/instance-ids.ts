import { parseReadyLine } from '../logs/ready-line.ts';
import type { Container } from './containers.ts';
import { runProgram } from './run.ts';

const LOG_WITHIN_MS = 10_000;
/** A replica says that it is ready within this time of its start, or is looked at in its logs by a person. */
const READY_LINE_WITHIN_MS = 300_000;

/** readInstanceIds reads the ServiceIDs by container id, out of the ready lines of the running replicas. */
export async function readInstanceIds(containers: readonly Container[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await Promise.all(
    containers.map(async ({ id, state, startedAtMs }) => {
      if (state === 'stopped') return;
      const [since, until] = [startedAtMs, startedAtMs + READY_LINE_WITHIN_MS].map((ms) => new Date(ms).toISOString());
      const args = ['logs', '--since', since ?? '', '--until', until ?? '', id];
      const readyLine = async () => {
        const { stdout } = await runProgram('docker', args, { limitMs: LOG_WITHIN_MS });
        return stdout.split('\n').map(parseReadyLine).findLast(Boolean);
      };
      // Engines now and then print nothing of a log that holds it; one that is ready has said so.
      const report = (await readyLine()) ?? (state === 'ready' ? await readyLine() : undefined);
      if (report !== undefined) ids.set(id, report.instance_id);
    }),
  );
  return ids;
}
