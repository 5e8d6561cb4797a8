import type { ReadyReport } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { parseReadyLine } from '../logs/ready-line.ts';
import type { Container } from './containers.ts';
import { type Runner, runProgram } from './run.ts';

const LOG_WITHIN_MS = 10_000;
/** Engines now and then print nothing of a log that holds it; so long a replica that is ready is asked again. */
const ASKED_FOR_MS = 5_000;
const ASKED_EVERY_MS = 250;
/** A replica says that it is ready within this time of its start, or is looked at in its logs by a person. */
const READY_LINE_WITHIN_MS = 300_000;

/** readInstanceIds reads the ServiceIDs by container id, out of the ready lines of the running replicas. */
export async function readInstanceIds(
  containers: readonly Container[],
  runner: Runner = runProgram,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await Promise.all(
    containers.map(async ({ id, state, startedAtMs }) => {
      if (state === 'stopped') return;
      const [from, to] = [startedAtMs, startedAtMs + READY_LINE_WITHIN_MS].map((ms) => new Date(ms).toISOString());
      const args = ['logs', '--since', from ?? '', '--until', to ?? '', id];
      const readyLine = async (): Promise<ReadyReport | undefined> => {
        const { stdout } = await runner('docker', args, { limitMs: LOG_WITHIN_MS });
        return stdout.split('\n').map(parseReadyLine).findLast(Boolean);
      };
      const again = { everyMs: ASKED_EVERY_MS };
      const report =
        (await readyLine()) ??
        (state === 'ready' ? await until(readyLine, ASKED_FOR_MS, again).catch(() => undefined) : undefined);
      if (report !== undefined) ids.set(id, report.instance_id);
    }),
  );
  return ids;
}
