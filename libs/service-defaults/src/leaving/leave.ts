import type { Step } from '../boot/composition.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { LeavingSums } from './sums.ts';

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
  readonly finish: readonly Step[];
  /** Cuts what is left of client connections. */
  cutConnections(): void;
  withdraw(): Promise<void>;
  readonly close: readonly Step[];
  sleep(ms: number): Promise<void>;
  nowMs(): number;
}

/**
 * Leaving, in the one order that loses nothing: say so, serve on until no balancer can pick us, stop accepting, finish,
 * hand work back, deregister, Redis last. A step that fails is logged and the next one runs: half a leave is worse.
 * @returns how many requests were cut; 0 when all ended by themselves
 */
export async function leave(leaver: Leaver): Promise<number> {
  const { lifecycle, sums, log } = leaver;
  const startedMs = leaver.nowMs();
  const step = async (name: string, run: () => Promise<void> | void): Promise<void> => {
    try {
      await run();
      log.info({ event: 'leaving.step', step: name, at_ms: leaver.nowMs() - startedMs }, `leaving: ${name}`);
    } catch (error) {
      log.warn(
        { event: 'leaving.step', step: name, at_ms: leaver.nowMs() - startedMs, err: error },
        `leaving: ${name} failed`,
      );
    }
  };
  const steps = async (list: readonly Step[]): Promise<void> => {
    for (const each of list) await step(each.name, () => each.run());
  };

  let cut = 0;
  await step('readyz 404', () => lifecycle.leave());
  // The notice runs from the 404, not from the catalog's answer: a catalog that is away must not lengthen leaving.
  const notice = leaver.sleep(sums.noticeMs);
  const told = step('maintenance', () => leaver.maintenance());
  await steps(leaver.quiet);
  await Promise.all([told, step('notice', () => notice)]);
  await step('stop accepting', () => leaver.stopListening());
  await step('in flight', async () => {
    if (await lifecycle.untilIdle(sums.inFlightMs)) return;
    cut = lifecycle.inFlight;
    log.warn({ event: 'leaving.cut', requests: cut }, 'requests still in flight are cut');
  });
  leaver.cutConnections();
  await steps(leaver.finish);
  await step('deregister', () => leaver.withdraw());
  await steps(leaver.close);
  lifecycle.stop();
  return cut;
}
