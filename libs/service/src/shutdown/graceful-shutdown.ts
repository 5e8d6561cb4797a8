import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, messageOf } from '@nestfleet/contracts';
import type { BaseConfig } from '../config/base-config.ts';
import { bootExitCode, EXIT_SOFTWARE } from '../exit-codes.ts';
import type { CutWork } from '../lifecycle/in-flight.ts';
import type { ServiceContext } from '../service-context.ts';
import { drainDelayOf } from './drain-delay.ts';
import { shutdown, type ShutdownHooks } from './shutdown-sequence.ts';
import { shutdownTimeouts, SPARE_MS } from './timeouts.ts';

/** RunningService is what the shutdown needs of a service that has started. */
export interface RunningService extends Pick<
  ShutdownHooks,
  | 'maintenance'
  | 'onDrain'
  | 'stopListening'
  | 'connections'
  | 'beforeClose'
  | 'cutConnections'
  | 'withdraw'
  | 'onClose'
> {
  /** What an end at this moment would cut, for the log. */
  cutNow(): { readonly cut: readonly CutWork[]; readonly work: number };
}

/** The part of `process` that this needs. `exit` ends it and does not return. */
export interface ProcessHost extends Pick<EventEmitter, 'on'> {
  exit(code: number): never;
}

/** A fault that comes again and again must not fill the log. */
const FAULTS_LOGGED_MAX = 10;

/** SIGINT of a terminal, SIGHUP of one that is closed, SIGTERM of a platform, SIGQUIT of those that call it graceful. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const FAULTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * GracefulShutdown ends a process by a signal or by a fault that nothing caught. Our own signal handling: Nest's hook order
 * closes connections before requests have ended. Exit code 0 when all ended by itself; 1 when something was cut, by the
 * limit of a step, by a second signal, or by the hard deadline; that of a boot that failed; 70 when there was a fault,
 * whatever was cut. A line names what.
 */
export class GracefulShutdown {
  private running: RunningService | undefined;
  private begun = false;
  private faults = 0;
  private bootCode: number | undefined;

  /** From here on a fault is heard. While no service has started, it ends the process at once. */
  constructor(
    private readonly context: ServiceContext<BaseConfig>,
    private readonly host: ProcessHost = process,
  ) {
    for (const origin of FAULTS) host.on(origin, (fault: unknown) => this.onFault(origin, fault));
  }

  /** From here on a signal shuts this service down. */
  handleSignals(running: RunningService): void {
    this.running = running;
    const { config, log } = this.context;
    if (config.NODE_ENV === 'production' && config.STOP_GRACE_MS === undefined)
      log.warn(
        { event: 'shutdown.unbounded', need_ms: shutdownTimeouts(config).hardMs + SPARE_MS },
        'STOP_GRACE_MS is not set: nobody knows whether the platform gives the time that a graceful shutdown needs',
      );
    for (const name of SIGNALS) this.host.on(name, () => this.onSignal(running, name));
  }

  /** A service that can never be ready: what has begun ends in order. */
  bootFailed(running: RunningService, error: unknown): void {
    this.bootCode = bootExitCode(error);
    const fields = { event: 'boot.failed', err: errorOf(error) };
    withoutThrowing(() => this.context.log.fatal(fields, `cannot get ready: ${messageOf(error)}`));
    if (!this.begun) this.begin(running, { boot: this.bootCode });
  }

  private onSignal(running: RunningService, signal: NodeJS.Signals): void {
    if (!this.begun) this.begin(running, { signal });
    // A terminal that is closed may send it twice: its kernel does, and its shell.
    else if (signal !== 'SIGHUP') this.cut(running, 'second signal', { signal });
  }

  /** A second one neither stops nor prolongs what the first has begun. */
  private onFault(origin: string, fault: unknown): void {
    this.faults += 1;
    if (this.faults <= FAULTS_LOGGED_MAX) {
      const write = (fields: object): void =>
        this.context.log.fatal({ event: 'fault', origin, ...fields }, 'a fault that nothing caught ends the process');
      // Anything can be thrown, also what throws when it is looked at.
      const isLogged = withoutThrowing(() => write({ err: errorOf(fault) }));
      if (!isLogged) withoutThrowing(() => write({}));
    }
    if (!this.running) this.host.exit(EXIT_SOFTWARE);
    else if (!this.begun) this.begin(this.running, { fault: origin });
  }

  private begin(running: RunningService, cause: object): void {
    this.begun = true;
    const { config, lifecycle, log } = this.context;
    const timeouts = shutdownTimeouts(config);
    setTimeout(() => this.cut(running, 'hard deadline', { hard_ms: timeouts.hardMs }), timeouts.hardMs);
    withoutThrowing(() => log.info({ event: 'shutdown.started', ...cause, ...timeouts }, 'graceful shutdown started'));
    const drainDelay = drainDelayOf(config, timeouts, lifecycle.drainEvidence);
    const clock = { sleep: (ms: number) => sleep(ms), nowMs: () => performance.now() };
    void shutdown({ ...running, lifecycle, timeouts, log, drainDelay, ...clock })
      .then((count) => {
        log.info({ event: 'shutdown.completed', cut: count }, 'graceful shutdown completed');
        return this.exit(count === 0 ? 0 : 1);
      })
      .catch((error: unknown) => {
        withoutThrowing(() => log.fatal({ err: error }, 'graceful shutdown failed'));
        this.exit(1);
      });
  }

  private cut(running: RunningService, why: string, fields: object): void {
    const { lifecycle, log } = this.context;
    const requests = lifecycle.inFlight;
    withoutThrowing(() =>
      log.fatal(
        { event: 'shutdown.cut', ...fields, requests, ...running.cutNow() },
        `${why}: what is in flight is cut`,
      ),
    );
    this.exit(1);
  }

  private exit(code: number): void {
    this.host.exit(this.faults > 0 ? EXIT_SOFTWARE : (this.bootCode ?? code));
  }
}

/** A log that fails must not hinder the end. @returns false when it threw */
function withoutThrowing(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
