import { setTimeout as pause } from 'node:timers/promises';
import { StackFault } from '../faults.ts';
import type { Compose } from './compose.ts';
import type { Wanted } from './compose-model.ts';
import { shownName, type Container } from './containers.ts';
import { containersOf } from './engine.ts';
import { judgeContainers, lacking } from './judge.ts';
import { runProgram } from './run.ts';

const LOOK_EVERY_MS = 500;
/** Of a fault of Compose, for the look at the containers that tells its reason. */
const REASON_WITHIN_MS = 5_000;
const LOG_LINES = 20;
const LOG_WITHIN_MS = 5_000;

/**
 * Lets Compose start what is wanted and waits until all of it is ready. Compose alone would wait for one that crashes
 * again and again until its health check gives up.
 * @param wanted counts of the services that are waited for
 * @throws StackFault never_ready with the end of the log to blame, docker_failed, interrupted
 */
export async function bringUp(
  compose: Compose,
  args: readonly string[],
  { wanted, withinMs, say }: { wanted: Wanted; withinMs: number; say: (line: string) => void },
): Promise<void> {
  const startMs = performance.now();
  const end = new AbortController();
  const stop = AbortSignal.any([end.signal, ...(compose.signal === undefined ? [] : [compose.signal])]);
  let allStarted = false;
  let composeFault: unknown;
  let composeEndedMs = 0;
  const composing = compose
    .with(stop)
    .run(withinMs, 'up', '--detach', '--no-build', ...args)
    .then(
      () => (allStarted = true),
      (fault: unknown) => {
        composeFault = fault;
        composeEndedMs = performance.now();
      },
    );
  const seen = new Set<string>();
  try {
    for (;;) {
      if (compose.signal?.aborted === true) throw new StackFault('interrupted', 'interrupted');
      // Asked for before looking: what Compose has ended with holds for what is seen after it.
      const fault = composeFault;
      const isWhole = allStarted;
      const containers = await containersOf(compose.project, { signal: compose.signal });
      sayReady(containers, wanted, seen, startMs, say);
      const verdict = judgeContainers(containers, wanted, isWhole);
      if (verdict.is === 'reached') return;
      if (verdict.is === 'hopeless')
        throw new StackFault(
          'never_ready',
          `${verdict.container.name} ${verdict.why}; its log ends with:\n${await logEnd(verdict.container)}`,
        );
      if (performance.now() - startMs > withinMs) throw await tooLate(containers, wanted, withinMs);
      // Compose may say first that a container is not healthy, while it is just being started again: why is seen soon after.
      if (fault !== undefined && performance.now() - composeEndedMs > REASON_WITHIN_MS) throw fault;
      await pause(LOOK_EVERY_MS);
    }
  } finally {
    end.abort();
    await composing;
  }
}

function sayReady(
  containers: readonly Container[],
  wanted: Wanted,
  seen: Set<string>,
  startMs: number,
  say: (line: string) => void,
): void {
  for (const container of containers) {
    const { id, service, state, startedAtMs } = container;
    if (state !== 'ready' || seen.has(id) || wanted[service] === undefined) continue;
    // What was ready before this command is no news.
    if (startedAtMs > Date.now() - (performance.now() - startMs))
      say(`${shownName(container)} is ready after ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s`);
    seen.add(id);
  }
}

async function tooLate(containers: readonly Container[], wanted: Wanted, withinMs: number): Promise<StackFault> {
  const late = containers.find(({ service, state }) => wanted[service] !== undefined && state !== 'ready');
  const log = late === undefined ? '' : `; the log of ${late.name} ends with:\n${await logEnd(late)}`;
  return new StackFault('never_ready', `not ready within ${withinMs / 1_000} s: ${lacking(containers, wanted)}${log}`);
}

async function logEnd({ id }: Container): Promise<string> {
  const { stdout, stderr } = await runProgram('docker', ['logs', '--tail', String(LOG_LINES), id], {
    limitMs: LOG_WITHIN_MS,
  });
  const lines = `${stdout}${stderr}`.trim().split('\n').slice(-LOG_LINES);
  return lines.map((line) => `  ${line}`).join('\n');
}
