import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, wordsOf } from '@nestfleet/contracts';
import { bootExitCode } from '../boot/exit-codes.ts';
import type { Running } from '../boot/start-service.ts';
import type { ServiceContext } from '../boot/composition.ts';
import type { BaseConfig } from '../config/base-config.ts';
import { leave } from './leave.ts';
import { noticeOf } from './notice.ts';
import { leavingSums, SPARE_MS } from './sums.ts';

/** The part of `process` that this needs. `exit` ends it and does not return. */
export interface Host extends Pick<EventEmitter, 'on'> {
  exit(code: number): never;
}

/** EX_SOFTWARE of sysexits: a fault that nothing caught. */
const EXIT_SOFTWARE = 70;
/** A fault that comes again and again must not fill the log. */
const FAULTS_TOLD_MAX = 10;

/** SIGINT of a terminal, SIGHUP of one that is closed, SIGTERM of a platform, SIGQUIT of those that call it graceful. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const FAULTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * The way out of a process, by a signal or by a fault that nothing caught. Our own signal handling: Nest's hook order closes
 * connections before requests have ended. Exit code 0 when all ended by itself; 1 when something was cut, by the limit of a
 * step, by a second signal, or by the hard deadline; that of a boot that failed; 70 when there was a fault, whatever was cut. A line names what.
 */
export class GracefulShutdown {
  private running: Running | undefined;
  private begun = false;
  private faults = 0;
  private bootCode: number | undefined;

  /** From here on a fault is heard. While there is nothing to leave, it ends the process at once. */
  constructor(
    private readonly context: ServiceContext<BaseConfig>,
    private readonly host: Host = process,
  ) {
    for (const origin of FAULTS) host.on(origin, (fault: unknown) => this.onFault(origin, fault));
  }

  /** From here on there is something to leave, and a signal is heard. */
  leaves(running: Running): void {
    this.running = running;
    const { config, log } = this.context;
    if (config.NODE_ENV === 'production' && config.STOP_GRACE_MS === undefined)
      log.warn(
        { event: 'leaving.unbounded', need_ms: leavingSums(config).hardMs + SPARE_MS },
        'STOP_GRACE_MS is not set: nobody can tell whether the platform gives the time that leaving needs',
      );
    for (const name of SIGNALS) this.host.on(name, () => this.onSignal(running, name));
  }

  /** A service that can never be ready: what has begun ends in order. */
  bootFailed(running: Running, error: unknown): void {
    this.bootCode = bootExitCode(error);
    const fields = { event: 'boot.failed', err: errorOf(error) };
    quietly(() => this.context.log.fatal(fields, `cannot get ready: ${wordsOf(error)}`));
    if (!this.begun) this.begin(running, { boot: this.bootCode });
  }

  private onSignal(running: Running, signal: NodeJS.Signals): void {
    if (!this.begun) this.begin(running, { signal });
    // A terminal that is closed may say so twice: its kernel does, and its shell.
    else if (signal !== 'SIGHUP') this.cut(running, 'second signal', { signal });
  }

  /** A second one neither stops nor prolongs what the first has begun. */
  private onFault(origin: string, fault: unknown): void {
    this.faults += 1;
    if (this.faults <= FAULTS_TOLD_MAX) {
      const tell = (fields: object): void =>
        this.context.log.fatal({ event: 'fault', origin, ...fields }, 'a fault that nothing caught ends the process');
      // Anything can be thrown, also what throws when it is looked at.
      const isTold = quietly(() => tell({ err: errorOf(fault) }));
      if (!isTold) quietly(() => tell({}));
    }
    if (!this.running) this.host.exit(EXIT_SOFTWARE);
    else if (!this.begun) this.begin(this.running, { fault: origin });
  }

  private begin(running: Running, cause: object): void {
    this.begun = true;
    const { config, lifecycle, log } = this.context;
    const sums = leavingSums(config);
    setTimeout(() => this.cut(running, 'hard deadline', { hard_ms: sums.hardMs }), sums.hardMs);
    quietly(() => log.info({ event: 'leaving', ...cause, ...sums }, 'leaving'));
    const notice = noticeOf(config, sums, lifecycle.evidence);
    void leave({ ...running, lifecycle, sums, log, notice, sleep: (ms) => sleep(ms), nowMs: () => performance.now() })
      .then((count) => {
        log.info({ event: 'left', cut: count }, 'left');
        return this.exit(count === 0 ? 0 : 1);
      })
      .catch((error: unknown) => {
        quietly(() => log.fatal({ err: error }, 'leaving failed'));
        this.exit(1);
      });
  }

  private cut(running: Running, why: string, fields: object): void {
    const { lifecycle, log } = this.context;
    const requests = lifecycle.inFlight;
    quietly(() =>
      log.fatal({ event: 'leaving.cut', ...fields, requests, ...running.cutNow() }, `${why}: what is in flight is cut`),
    );
    this.exit(1);
  }

  private exit(code: number): void {
    this.host.exit(this.faults > 0 ? EXIT_SOFTWARE : (this.bootCode ?? code));
  }
}

/** What is told must not hinder the end. @returns false when it could not be told */
function quietly(tell: () => void): boolean {
  try {
    tell();
    return true;
  } catch {
    return false;
  }
}
