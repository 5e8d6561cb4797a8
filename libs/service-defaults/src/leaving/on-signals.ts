import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../boot/start-service.ts';
import type { ServiceContext } from '../boot/composition.ts';
import type { BaseConfig } from '../config/base-config.ts';
import { leave } from './leave.ts';
import { noticeOf } from './notice.ts';
import { leavingSums, SPARE_MS } from './sums.ts';

/** The part of `process` that this needs. `exit` ends it and does not return. */
export interface Host {
  on(signal: NodeJS.Signals, heard: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): never;
}

/**
 * Our own signal handling: Nest's hook order closes connections before requests have ended. Exit code 0 when all ended
 * by itself; 1 when something was cut, by the limit of a step, by a second signal, or by the hard deadline. A line names
 * what.
 */
export function leaveOnSignals(context: ServiceContext<BaseConfig>, running: Running, host: Host = process): void {
  const { config, lifecycle, log } = context;
  const sums = leavingSums(config);
  if (config.NODE_ENV === 'production' && config.STOP_GRACE_MS === undefined)
    log.warn(
      { event: 'leaving.unbounded', need_ms: sums.hardMs + SPARE_MS },
      'STOP_GRACE_MS is not set: nobody can tell whether the platform gives the time that leaving needs',
    );
  const cut = (why: string, fields: object): never => {
    const requests = lifecycle.inFlight;
    log.fatal({ event: 'leaving.cut', ...fields, requests, ...running.cutNow() }, `${why}: what is in flight is cut`);
    return host.exit(1);
  };
  let begun = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (begun) cut('second signal', { signal });
    begun = true;
    log.info({ event: 'leaving', signal, ...sums }, 'leaving');
    setTimeout(() => cut('hard deadline', { hard_ms: sums.hardMs }), sums.hardMs);
    const notice = noticeOf(config, sums, lifecycle.evidence);
    void leave({ ...running, lifecycle, sums, log, notice, sleep: (ms) => sleep(ms), nowMs: () => performance.now() })
      .then((count) => {
        log.info({ event: 'left', cut: count }, 'left');
        return host.exit(count === 0 ? 0 : 1);
      })
      .catch((error: unknown) => {
        log.fatal({ err: error }, 'leaving failed');
        host.exit(1);
      });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, onSignal);
}
