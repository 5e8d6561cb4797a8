import { errorOf } from '@nestfleet/contracts';
import type { Step } from '../boot/composition.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { NoticeVerdict } from './notice.ts';
import { type LeavingSums, TOLD_MS, WITHDRAW_MS } from './sums.ts';

export interface LeavingLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The parts of a process that leaving touches, as plain functions. */
export interface Leaver {
  readonly lifecycle: Lifecycle;
  readonly sums: LeavingSums;
  readonly log: LeavingLog;
  /** Catalog maintenance on. */
  maintenance(): Promise<void>;
  readonly quiet: readonly Step[];
  /** Stops accepting and closes idle connections. */
  stopListening(): void;
  /** `begun`: those on which a request has arrived in part. */
  readonly connections: { readonly count: number; readonly begun: number };
  readonly finish: readonly Step[];
  /** Cuts what is left of client connections. */
  cutConnections(): void;
  withdraw(): Promise<void>;
  readonly close: readonly Step[];
  /** Is the notice over? Asked until it is. */
  notice(): NoticeVerdict;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
}

/** Nothing tells when a request arrives that was on its way. */
const LOOK_EVERY_MS = 5;

/**
 * Leaving, in the one order that loses nothing: say so, serve on until no balancer can pick us, stop accepting, finish,
 * hand work back, deregister, Redis last. A step that fails is logged and the next one runs: half a leave is worse.
 * @returns how many requests were cut; 0 when all ended by themselves
 */
export async function leave(leaver: Leaver): Promise<number> {
  const { lifecycle, log } = leaver;
  const startedMs = leaver.nowMs();
  const step = async (name: string, run: () => Promise<object | void> | object | void): Promise<void> => {
    const fields = (): object => ({ event: 'leaving.step', step: name, at_ms: Math.round(leaver.nowMs() - startedMs) });
    try {
      const more = await run();
      log.info({ ...fields(), ...more }, `leaving: ${name}`);
    } catch (error) {
      log.warn({ ...fields(), err: errorOf(error) }, `leaving: ${name} failed`);
    }
  };
  const steps = async (list: readonly Step[]): Promise<void> => {
    for (const each of list) await step(each.name, () => each.run());
  };

  let cut = 0;
  await step('readyz 404', () => lifecycle.leave());
  // The notice runs from the 404, not from the catalog's answer: a catalog that is away must not lengthen leaving.
  const notice = noticePassed(leaver);
  const told = step('maintenance', async () => {
    await leaver.maintenance();
    lifecycle.evidence.told();
  });
  await steps(leaver.quiet);
  await step('notice', async () => ({ ended_by: await notice }));
  await within(TOLD_MS, told).catch(() => undefined);
  await step('stop accepting', () => leaver.stopListening());
  await step('streams told to go', () => lifecycle.endStreams());
  await step('in flight', async () => {
    if (await untilIdle(leaver)) return;
    const { begun } = leaver.connections;
    cut = lifecycle.inFlight + begun;
    log.warn({ event: 'leaving.cut', requests: cut, cut: lifecycle.inFlightNames, begun }, 'still in flight, cut');
  });
  leaver.cutConnections();
  await steps(leaver.finish);
  await step('deregister', () => within(WITHDRAW_MS, leaver.withdraw()));
  await steps(leaver.close);
  lifecycle.stop();
  return cut;
}

async function noticePassed(leaver: Leaver): Promise<'time' | 'evidence'> {
  for (;;) {
    const verdict = leaver.notice();
    if (verdict.over) return verdict.why;
    await leaver.sleep(verdict.waitMs);
  }
}

/**
 * Resolves true when nothing is in flight and no client is connected, false when the time for it has passed. Idle connections
 * are being closed meanwhile: one that is left may be bringing a request.
 */
async function untilIdle(leaver: Leaver): Promise<boolean> {
  const endMs = leaver.nowMs() + leaver.sums.inFlightMs;
  for (;;) {
    const restMs = endMs - leaver.nowMs();
    if (!(await leaver.lifecycle.untilIdle(Math.max(0, restMs)))) return false;
    if (leaver.connections.count === 0) return true;
    if (restMs <= 0) return false;
    await leaver.sleep(Math.min(restMs, LOOK_EVERY_MS));
  }
}

/** Waits no longer than this; the work itself goes on. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
