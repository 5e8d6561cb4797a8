import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, messageOf } from '@nestfleet/contracts';
import type { BaseConfig } from '../config/base-config.ts';
import { bootExitCode, EXIT_SOFTWARE } from '../exit-codes.ts';
import type { CutWork } from '../lifecycle/in-flight.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { type DrainDelayVerdict, drainDelayOf } from './drain-delay.ts';
import { shutdown, type ShutdownHooks, type ShutdownLog } from './shutdown-sequence.ts';
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
  /**
   * False while it has not listened: nobody can have sent it anything, so there is no drain delay.
   * @default true
   */
  hasListened?(): boolean;
}

/** The part of `process` that this needs. `exit` ends it and does not return. */
export interface ProcessHost {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  exit(code: number): never;
  /** Told when the process is to end, for another reason than a signal. */
  ends?(): void;
}

/** The events of a process for what nothing caught. */
export type FaultEvent = 'uncaughtException' | 'unhandledRejection';

/** ShutdownSettings are the settings that a graceful shutdown reads, under the names of the environment. */
export type ShutdownSettings = Pick<
  BaseConfig,
  'NODE_ENV' | 'BALANCER' | 'SHUTDOWN_DRAIN_DELAY_MS' | 'SHUTDOWN_IN_FLIGHT_MS' | 'SHUTDOWN_FINISH_MS' | 'STOP_GRACE_MS'
> &
  Partial<Pick<BaseConfig, 'DISCOVERY'>>;

export interface ProcessLog extends ShutdownLog {
  fatal(fields: object, message: string): void;
}

/** ShutdownContext is what a graceful shutdown needs of a process before its service has started. */
export interface ShutdownContext {
  readonly config: ShutdownSettings;
  readonly lifecycle: Lifecycle;
  readonly log: ProcessLog;
  /** Those that end the process. @default both */
  readonly faults?: readonly FaultEvent[];
}

/** A fault that comes again and again must not fill the log. */
const FAULTS_LOGGED_MAX = 10;

/** SIGINT of a terminal, SIGHUP of one that is closed, SIGTERM of a platform, SIGQUIT of those that call it graceful. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const FAULTS: readonly FaultEvent[] = ['uncaughtException', 'unhandledRejection'];

const SILENT: ShutdownLog = { info: () => undefined, warn: () => undefined };
const NO_DELAY = (): DrainDelayVerdict => ({ over: true, why: 'time' });

/**
 * GracefulShutdown ends a process by a signal or by a fault that nothing caught. Our own signal handling: Nest's hook order
 * closes connections before requests have ended. Exit code 0 when all ended by itself; 1 when something was cut, by the
 * limit of a step, by a second signal, or by the hard deadline; that of a boot that failed; 70 when there was a fault,
 * whatever was cut. A line names what.
 */
export class GracefulShutdown {
  private running: RunningService | undefined;
  private sequence: Promise<number> | undefined;
  private readonly listeners: [event: string, listener: (cause: unknown, origin?: unknown) => void][] = [];
  private begun = false;
  private firstSignal: NodeJS.Signals | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private faults = 0;
  private bootCode: number | undefined;

  /** From here on a fault is heard. While no service has started, it ends the process at once. */
  constructor(
    private readonly context: ShutdownContext,
    private readonly host: ProcessHost = process,
  ) {
    // Node raises a rejection that nothing handles as an exception, and says so, where nobody listens for rejections.
    for (const event of context.faults ?? FAULTS)
      this.listen(event, (fault, origin) => this.onFault(typeof origin === 'string' ? origin : event, fault));
  }

  /** True once the process is about to end. */
  get isEnding(): boolean {
    return this.begun;
  }

  /** The one that has begun it. */
  get signal(): NodeJS.Signals | undefined {
    return this.firstSignal;
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
    for (const name of SIGNALS) this.listen(name, () => this.onSignal(running, name));
  }

  /**
   * The same sequence for who closes the service in a process that goes on, such as a test: at once, without lines in the
   * log, and without an end of the process, unless a signal comes meanwhile.
   * @returns how many requests were cut
   */
  close(running: RunningService): Promise<number> {
    this.sequence ??= this.run(running, SILENT, NO_DELAY);
    return this.sequence;
  }

  /** A signal that came while the service started. */
  endBy(running: RunningService, signal: NodeJS.Signals): void {
    if (!this.begun) this.onSignal(running, signal);
  }

  /** The process is to end for another reason than this service. */
  endWithProcess(running: RunningService): void {
    if (!this.begun) this.begin(running, { process: 'ends' });
  }

  /** Hears no signal and no fault from now on. */
  dispose(): void {
    for (const [event, listener] of this.listeners.splice(0)) this.host.off(event, listener);
  }

  /** A service that can never be ready: what has begun ends in order. */
  bootFailed(running: RunningService, error: unknown): void {
    this.bootCode = bootExitCode(error);
    const fields = { event: 'boot.failed', err: errorOf(error) };
    withoutThrowing(() => this.context.log.fatal(fields, `cannot get ready: ${messageOf(error)}`));
    this.host.ends?.();
    if (!this.begun) this.begin(running, { boot: this.bootCode });
  }

  private onSignal(running: RunningService, signal: NodeJS.Signals): void {
    if (!this.begun) {
      this.firstSignal = signal;
      this.begin(running, { signal });
    }
    // A terminal that is closed may send it twice: its kernel does, and its shell.
    else if (signal !== 'SIGHUP') this.cut(running, 'second signal', { signal });
  }

  /** A second one neither stops nor prolongs what the first has begun. */
  private onFault(origin: string, fault: unknown): void {
    if (this.running?.hasListened?.() === false) {
      if (isOfListen(fault)) return this.bootFailed(this.running, fault);
      // A start that a signal cuts short fails, as where a framework refuses to listen once it is closed.
      if (this.begun) return this.faultInCutStart(fault);
    }
    this.faults += 1;
    if (this.faults <= FAULTS_LOGGED_MAX) {
      const write = (fields: object): void =>
        this.context.log.fatal({ event: 'fault', origin, ...fields }, 'a fault that nothing caught ends the process');
      // Anything can be thrown, also what throws when it is looked at.
      const isLogged = withoutThrowing(() => write({ err: errorOf(fault) }));
      if (!isLogged) withoutThrowing(() => write({}));
    }
    this.host.ends?.();
    if (!this.running) this.host.exit(EXIT_SOFTWARE);
    else if (!this.begun) this.begin(this.running, { fault: origin });
  }

  private faultInCutStart(fault: unknown): void {
    withoutThrowing(() => this.context.log.warn({ event: 'boot.cut', err: errorOf(fault) }, 'the start was cut short'));
  }

  private begin(running: RunningService, cause: object): void {
    this.begun = true;
    const { config, lifecycle, log } = this.context;
    const timeouts = shutdownTimeouts(config);
    const { hardMs } = timeouts;
    this.deadline = setTimeout(() => this.cut(running, 'hard deadline', { hard_ms: hardMs }), hardMs);
    withoutThrowing(() => log.info({ event: 'shutdown.started', ...cause, ...timeouts }, 'graceful shutdown started'));
    const drainDelay =
      running.hasListened?.() === false ? NO_DELAY : drainDelayOf(config, timeouts, lifecycle.drainEvidence);
    this.sequence ??= this.run(running, log, drainDelay);
    void this.sequence
      .then((count) => {
        log.info({ event: 'shutdown.completed', cut: count }, 'graceful shutdown completed');
        return this.exit(count === 0 ? 0 : 1);
      })
      .catch((error: unknown) => {
        withoutThrowing(() => log.fatal({ err: error }, 'graceful shutdown failed'));
        this.exit(1);
      });
  }

  private run(running: RunningService, log: ShutdownLog, drainDelay: () => DrainDelayVerdict): Promise<number> {
    const { config, lifecycle } = this.context;
    const clock = { sleep: (ms: number) => sleep(ms), nowMs: () => performance.now() };
    return shutdown({ ...running, lifecycle, timeouts: shutdownTimeouts(config), log, drainDelay, ...clock });
  }

  private listen(event: string, listener: (cause: unknown, origin?: unknown) => void): void {
    this.listeners.push([event, listener]);
    this.host.on(event, listener);
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
    clearTimeout(this.deadline);
    this.host.exit(this.faults > 0 ? EXIT_SOFTWARE : (this.bootCode ?? code));
  }
}

/** The system did not give what the server was to listen on. */
const isOfListen = (fault: unknown): boolean =>
  typeof fault === 'object' && fault !== null && 'syscall' in fault && fault.syscall === 'listen';

/** A log that fails must not hinder the end. @returns false when it threw */
function withoutThrowing(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
