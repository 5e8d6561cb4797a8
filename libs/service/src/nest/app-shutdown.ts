import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { AWAITS_FIRST_READY, type ShutdownSteps } from '@nestfleet/timing';
import type { Step } from '../hooks.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { GracefulShutdown, type ProcessHost, type RunningService } from '../shutdown/graceful-shutdown.ts';
import { BootSignals } from './boot-signals.ts';
import { HttpServers } from './http-servers.ts';
import { MessagesInFlight } from './messages-in-flight.ts';
import { RestOfApp } from './rest-of-app.ts';
import { type ApplicationProcess, SharedProcess } from './shared-process.ts';
import { nestLog } from './shutdown-log.ts';
import { settingsOf, type ShutdownOptions } from './shutdown-options.ts';
import { SHUTDOWN_OPTIONS } from './shutdown.module-definition.ts';
import { finishMsOf, stepsOf } from './steps-of-app.ts';

/** Of tests: another one than `process`. */
export const PROCESS_HOST = Symbol('the process that ends');

const never = new Promise<void>(() => undefined);

/**
 * AppShutdown runs the graceful shutdown of a plain Nest app, before any of Nest's hooks. Its hooks are the first of the app
 * (`ShutdownModule` sees to it): whoever closes the app, Nest's signal listener or the app's own code, waits there until the
 * requests have ended and the work is released. LastHook is the last: from there the process ends, before Nest raises the
 * signal again, which would make another exit code.
 */
@Injectable()
export class AppShutdown implements OnApplicationBootstrap, OnModuleDestroy {
  readonly [AWAITS_FIRST_READY] = true;
  private started: { readonly shutdown: GracefulShutdown; readonly running: RunningService } | undefined;
  private process: ApplicationProcess | undefined;
  private boot: BootSignals | undefined;
  private readonly messages = new MessagesInFlight();
  private readonly isStarted = Promise.withResolvers<void>();
  private readonly mayClose = Promise.withResolvers<void>();
  private readonly closed = Promise.withResolvers<void>();
  private isClosing = false;
  private rest: 'not needed' | 'begins' | 'runs' = 'not needed';

  constructor(
    @Inject(SHUTDOWN_OPTIONS) private readonly options: ShutdownOptions,
    @Inject(PROCESS_HOST) private readonly host: ProcessHost,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ModuleRef) private readonly module: ModuleRef,
  ) {}

  /** From here on the app starts: of one that is only wired, as to print a document, signals are its own. */
  beginBoot(): void {
    // Of a start that failed, and is tried again.
    const heard = this.boot?.heard;
    this.boot?.dispose();
    this.process?.leave();
    this.process = SharedProcess.join(this.host, () => this.endWithProcess());
    this.boot = new BootSignals(this.process);
    if (heard !== undefined) this.boot.hear(heard);
  }

  /** The last hook of the start: all providers are there, and the app does not listen yet. One that is to end never does. */
  async onApplicationBootstrap(): Promise<void> {
    this.closeBehindShutdown();
    this.messages.watch(this.modules);
    const { options, lifecycle } = this;
    const steps = stepsOf(this.modules);
    const paths = { live: '/livez', startup: '/startupz', ready: '/readyz', ...options.healthPaths };
    const health = {
      paths,
      isAnswered: options.answersHealthChecks ?? true,
      drainingStatus: options.drainingStatus ?? 404,
      identityOf: () => steps.map((each) => each.identity?.()).find((each) => each !== undefined),
    };
    const servers = new HttpServers(lifecycle, health, options.keepAliveMs ?? 95_000);
    const log = options.log ?? nestLog();
    const server: unknown = this.adapterHost.httpAdapter?.getHttpServer();
    const hasHttp = server !== undefined && server !== null;
    const isAttached = hasHttp && servers.attach(server);
    if (hasHttp && !isAttached)
      log.warn(
        { event: 'shutdown.no_http1' },
        'this server is not of HTTP/1.1: its requests in flight are not waited for',
      );
    const config = settingsOf(options, {
      hasHttp,
      isInCatalog: steps.some((each) => each.maintenance !== undefined),
      finishMs: finishMsOf(steps),
    });
    // A rejection that the app does not listen for itself is raised as an exception.
    const faults = (options.endsOnFault ?? true) ? (['uncaughtException'] as const) : [];
    const shutdown = new GracefulShutdown({ config, lifecycle, log, faults }, this.process ?? this.host);
    const running = this.runningOf(servers, isAttached);
    this.started = { shutdown, running };
    this.boot?.dispose();
    shutdown.handleSignals(running);
    this.isStarted.resolve();
    this.awaitReadiness(steps, (error) => shutdown.bootFailed(running, error));
    if (this.boot?.heard === undefined) return;
    shutdown.endBy(running, this.boot.heard);
    await never;
  }

  /** Nest closes the app. */
  async onModuleDestroy(): Promise<void> {
    if (this.rest === 'begins') this.rest = 'runs';
    else await this.untilMayClose();
  }

  /** Nest has closed the app. Of a process that ends, nothing comes behind it. */
  async whenClosed(): Promise<void> {
    this.closed.resolve();
    if (this.started?.shutdown.isEnding === true) await never;
    this.started?.shutdown.dispose();
    this.process?.leave();
  }

  /** From Nest 12 on the adapter is told before the first hook, and Fastify may refuse requests from then on. */
  private closeBehindShutdown(): void {
    const adapter: { beforeClose?(): unknown } | undefined | null = this.adapterHost.httpAdapter;
    const beforeClose = adapter?.beforeClose?.bind(adapter);
    if (!adapter || beforeClose === undefined) return;
    adapter.beforeClose = async () => {
      await this.untilMayClose();
      return beforeClose();
    };
  }

  private async untilMayClose(): Promise<void> {
    // A second one, beside the one that runs already.
    if (this.rest !== 'not needed') await never;
    this.isClosing = true;
    if (this.started === undefined) await this.untilStartedOrLeft();
    if (this.started === undefined) return;
    const { shutdown, running } = this.started;
    // It does not end before the hooks behind this one have run, but it may fail.
    await Promise.race([this.mayClose.promise, shutdown.close(running)]);
  }

  /** Nest's own listener may have heard a signal before ours; what closes an app without one does not wait for its start. */
  private async untilStartedOrLeft(): Promise<void> {
    await Promise.resolve();
    if (this.boot?.heard !== undefined) return this.isStarted.promise;
    this.boot?.dispose();
  }

  /** Another application of this process ends it. */
  private endWithProcess(): void {
    if (this.started === undefined) this.boot?.hear('SIGTERM');
    else this.started.shutdown.endWithProcess(this.started.running);
  }

  private awaitReadiness(steps: readonly ShutdownSteps[], onFault: (error: unknown) => void): void {
    const { lifecycle } = this;
    const waits = steps.flatMap((each) => (each.firstReady === undefined ? [] : [each.firstReady()]));
    if (waits.length > 0) lifecycle.holdUntilReady();
    void Promise.all(waits).then(
      () => lifecycle.ready(),
      (error: unknown) => {
        // What waited was closed.
        if (!lifecycle.isShuttingDown) onFault(error);
      },
    );
  }

  private runningOf(servers: HttpServers, isAttached: boolean): RunningService {
    const all = async (name: 'maintenance' | 'withdraw'): Promise<void> => {
      await Promise.all(stepsOf(this.modules).map(async (steps) => steps[name]?.()));
    };
    const each = (name: 'onDrain' | 'beforeClose'): Step[] =>
      stepsOf(this.modules)
        .filter((steps) => steps[name] !== undefined)
        .map((steps) => ({ name: `${steps.name} ${name}`, run: async () => steps[name]?.() }));
    const { lifecycle, messages } = this;
    return {
      maintenance: () => all('maintenance'),
      get onDrain() {
        return each('onDrain');
      },
      stopListening: () => servers.stopAccepting(),
      connections: {
        get count() {
          return servers.count + messages.count;
        },
        get begun() {
          return servers.begun + messages.count;
        },
      },
      // Who has clients on upgraded connections hands them over in a step of its own.
      get beforeClose() {
        return [...each('beforeClose'), { name: 'upgraded connections', run: async () => servers.endUpgraded() }];
      },
      cutConnections: () => servers.cut(),
      withdraw: () => all('withdraw'),
      onClose: [{ name: 'nest', run: () => this.closeNest() }],
      cutNow: () => ({ cut: [...lifecycle.inFlightNames, ...messages.named], work: 0 }),
      hasListened: () => !isAttached || servers.hasListened,
    };
  }

  private async closeNest(): Promise<void> {
    this.mayClose.resolve();
    if (!this.isClosing) {
      this.rest = 'begins';
      const app = new RestOfApp(this.module, this.adapterHost);
      await Promise.race([this.closed.promise, app.close(this.started?.shutdown.signal)]);
    }
    await this.closed.promise;
  }
}

/** LastHook is behind all other hooks of the app. */
@Injectable()
export class LastHook implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(AppShutdown) private readonly shutdown: AppShutdown) {}

  /** Hooks of the start are run in the other order: this is the first. */
  onModuleInit(): void {
    this.shutdown.beginBoot();
  }

  onApplicationShutdown(): Promise<void> {
    return this.shutdown.whenClosed();
  }
}
