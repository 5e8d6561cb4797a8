import { errorOf } from '@nestfleet/contracts';
import { withDeadline } from '@nestfleet/timing';
import type { Step } from '../hooks.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { DrainDelayVerdict } from './drain-delay.ts';
import { DEREGISTER_MS, MAINTENANCE_MS, type ShutdownTimeouts } from './timeouts.ts';

export interface ShutdownLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** ShutdownHooks are the parts of a process that the shutdown touches, as plain functions. */
export interface ShutdownHooks {
  readonly lifecycle: Lifecycle;
  readonly timeouts: ShutdownTimeouts;
  readonly log: ShutdownLog;
  /** Catalog maintenance on. */
  maintenance(): Promise<void>;
  readonly onDrain: readonly Step[];
  /** Stops accepting and closes idle connections. */
  stopListening(): void;
  /** `begun`: those on which a request has arrived in part. */
  readonly connections: { readonly count: number; readonly begun: number };
  readonly beforeClose: readonly Step[];
  /** Cuts what is left of client connections. */
  cutConnections(): void;
  withdraw(): Promise<void>;
  readonly onClose: readonly Step[];
  /** Whether the drain delay is over; polled until it is. */
  drainDelay(): DrainDelayVerdict;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
}

/** No event says that a request arrives which was on its way. */
const LOOK_EVERY_MS = 5;

/**
 * shutdown is the graceful shutdown, in the one order that loses no request: fail readiness, serve on until no load balancer
 * can pick this replica (drain delay), stop accepting, let requests in flight end, release work, deregister, close; Redis
 * last. A step that fails is logged and the next one runs: half a shutdown is worse.
 * @returns how many requests were cut; 0 when all ended by themselves
 */
export async function shutdown(hooks: ShutdownHooks): Promise<number> {
  const { lifecycle, log } = hooks;
  const startedMs = hooks.nowMs();
  const step = async (name: string, run: () => Promise<object | void> | object | void): Promise<void> => {
    const fields = (): object => ({ event: 'shutdown.step', step: name, at_ms: Math.round(hooks.nowMs() - startedMs) });
    try {
      const more = await run();
      log.info({ ...fields(), ...more }, `shutdown: ${name}`);
    } catch (error) {
      log.warn({ ...fields(), err: errorOf(error) }, `shutdown: ${name} failed`);
    }
  };
  const steps = async (list: readonly Step[]): Promise<void> => {
    for (const each of list) await step(each.name, () => each.run());
  };

  let cut = 0;
  await step('readyz 404', () => lifecycle.beginShutdown());
  // The delay runs from the 404, not from the catalog's answer: an unreachable catalog must not lengthen the shutdown.
  const drained = drainDelayPassed(hooks);
  const inMaintenance = step('maintenance', async () => {
    await hooks.maintenance();
    lifecycle.drainEvidence.recordMaintenance();
  });
  await steps(hooks.onDrain);
  await step('drain delay', async () => ({ ended_by: await drained }));
  await withDeadline(inMaintenance, MAINTENANCE_MS).catch(() => undefined);
  await step('stop accepting', () => hooks.stopListening());
  await step('end streams', () => lifecycle.endStreams());
  await step('in flight', async () => {
    if (await untilIdle(hooks)) return;
    const { begun } = hooks.connections;
    cut = lifecycle.inFlight + begun;
    log.warn({ event: 'shutdown.cut', requests: cut, cut: lifecycle.inFlightNames, begun }, 'still in flight, cut');
  });
  hooks.cutConnections();
  await steps(hooks.beforeClose);
  await step('deregister', () => withDeadline(hooks.withdraw(), DEREGISTER_MS));
  await steps(hooks.onClose);
  lifecycle.stop();
  return cut;
}

async function drainDelayPassed(hooks: ShutdownHooks): Promise<'time' | 'evidence'> {
  for (;;) {
    const verdict = hooks.drainDelay();
    if (verdict.over) return verdict.why;
    await hooks.sleep(verdict.waitMs);
  }
}

/**
 * untilIdle resolves true when nothing is in flight and no client is connected, false when the time for it has passed. Idle
 * connections are being closed meanwhile: one that is left may be bringing a request.
 */
async function untilIdle(hooks: ShutdownHooks): Promise<boolean> {
  const endMs = hooks.nowMs() + hooks.timeouts.inFlightMs;
  for (;;) {
    const restMs = endMs - hooks.nowMs();
    if (!(await hooks.lifecycle.untilIdle(Math.max(0, restMs)))) return false;
    if (hooks.connections.count === 0) return true;
    if (restMs <= 0) return false;
    await hooks.sleep(Math.min(restMs, LOOK_EVERY_MS));
  }
}
