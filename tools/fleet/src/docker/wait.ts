import { setTimeout as pause } from 'node:timers/promises';
import { StackFault } from '../core/faults.ts';
import type { Compose } from './compose.ts';
import type { Wanted } from './compose-model.ts';
import { displayName, type Container } from './containers.ts';
import { containersOf } from './engine.ts';
import { countReady, isChanging, assessContainers, describeMissing } from './assess.ts';

const LOOK_EVERY_MS = 500;
const LOG_LINES = 20;
const LOG_WITHIN_MS = 30_000;

/** Clock is the time as `bringUp` sees it. */
export interface Clock {
  readonly nowMs: () => number;
  readonly pause: (forMs: number) => Promise<unknown>;
}

const realClock: Clock = { nowMs: () => performance.now(), pause: (forMs) => pause(forMs) };

interface BringUpOptions {
  readonly wanted: Wanted;
  readonly withinMs: number;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
}

/** One run of `docker compose up`, and how it has ended so far. */
interface Run {
  hasEnded: boolean;
  fault: unknown;
  ended: Promise<void>;
}

function run(compose: Compose, limitMs: number, args: readonly string[]): Run {
  const state: Run = { hasEnded: false, fault: undefined, ended: Promise.resolve() };
  state.ended = compose.run(limitMs, 'up', '--detach', '--no-build', ...args).then(
    () => void (state.hasEnded = true),
    (fault: unknown) => void Object.assign(state, { hasEnded: true, fault }),
  );
  return state;
}

/**
 * bringUp lets Compose start what is wanted and waits until all of it is ready. Compose alone would wait for one that crashes
 * again and again until its health check gives up, and give up at one that is just being started again.
 * @param wanted counts of the services that are waited for
 * @throws StackFault never_ready with the end of the log at fault, docker_failed, interrupted
 */
export async function bringUp(
  compose: Compose,
  args: readonly string[],
  { wanted, withinMs, say, clock = realClock }: BringUpOptions,
): Promise<void> {
  const startMs = clock.nowMs();
  const leftMs = (): number => withinMs - (clock.nowMs() - startMs);
  const end = new AbortController();
  const stop = AbortSignal.any([end.signal, ...(compose.signal === undefined ? [] : [compose.signal])]);
  const look = (): Promise<Container[]> =>
    containersOf(compose.project, { runner: compose.runner, signal: compose.signal });
  const seen = new Set<string>();
  let readyBefore = countReady(await look(), wanted);
  let composing = run(compose.with(stop), leftMs(), args);
  try {
    for (;;) {
      if (compose.signal?.aborted === true) throw new StackFault('interrupted', 'interrupted');
      // Asked for before looking: what Compose has ended with holds for what is seen after it.
      const { hasEnded, fault } = composing;
      const containers = await look();
      sayReady(containers, wanted, seen, startMs, say);
      const assessment = assessContainers(containers, wanted, hasEnded && fault === undefined);
      if (assessment.is === 'reached') return;
      if (assessment.is === 'failed')
        throw new StackFault(
          'never_ready',
          `${assessment.container.name} ${assessment.why}; its log ends with:\n${await logEnd(compose, assessment.container)}`,
        );
      if (leftMs() < 0) throw await tooLate(compose, containers, { wanted, withinMs, fault });
      if (fault !== undefined && !isChanging(containers, wanted)) {
        const ready = countReady(containers, wanted);
        if (ready <= readyBefore) throw fault;
        // More is ready than when Compose began, so what it could not wait for may be among it.
        readyBefore = ready;
        composing = run(compose.with(stop), leftMs(), args);
      }
      await clock.pause(LOOK_EVERY_MS);
    }
  } finally {
    end.abort();
    await composing.ended;
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
    // What was ready before this command is not reported.
    if (startedAtMs > Date.now() - (performance.now() - startMs))
      say(`${displayName(container)} is ready after ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s`);
    seen.add(id);
  }
}

async function tooLate(
  compose: Compose,
  containers: readonly Container[],
  { wanted, withinMs, fault }: { wanted: Wanted; withinMs: number; fault: unknown },
): Promise<StackFault> {
  const late = containers.find(({ service, state }) => wanted[service] !== undefined && state !== 'ready');
  const log = late === undefined ? '' : `; the log of ${late.name} ends with:\n${await logEnd(compose, late)}`;
  const message = `not ready within ${withinMs / 1_000} s: ${describeMissing(containers, wanted)}${log}`;
  return new StackFault('never_ready', message, { cause: fault });
}

async function logEnd({ runner }: Compose, { id }: Container): Promise<string> {
  const ran = await runner('docker', ['logs', '--tail', String(LOG_LINES), id], { limitMs: LOG_WITHIN_MS });
  if (ran.code === null) return `  (it could not be read within ${LOG_WITHIN_MS / 1_000} s)`;
  const lines = `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-LOG_LINES);
  return lines.map((line) => `  ${line}`).join('\n');
}
