import type { FaultEvent, ProcessHost } from '../shutdown/graceful-shutdown.ts';

type Listener = (...args: unknown[]) => void;

/** Of its events each application hears its signals; a fault is the process's, and told once. */
const isFault = (event: string): event is FaultEvent => event === 'uncaughtException' || event === 'unhandledRejection';

const known = new WeakMap<ProcessHost, SharedProcess>();

/**
 * SharedProcess is one process of several applications. A signal ends all of them, each in its own order, and so does a fault
 * or a boot that failed; the process ends with the last of them, by the most severe of their exit codes.
 */
export class SharedProcess {
  private readonly applications = new Set<ApplicationProcess>();
  private code: number | undefined;

  private constructor(private readonly host: ProcessHost) {}

  /** @param end shuts the application down because another one ends the process */
  static join(host: ProcessHost, end: () => void): ApplicationProcess {
    const shared = known.get(host) ?? new SharedProcess(host);
    known.set(host, shared);
    const application = new ApplicationProcess(host, shared, end);
    shared.applications.add(application);
    return application;
  }

  /** The one that takes a fault on itself: not one that is left to its own listeners, or whose start failed. */
  isFirstToHear(event: FaultEvent, application: ApplicationProcess): boolean {
    return [...this.applications].find((each) => each.hears(event)) === application;
  }

  endOthers(application: ApplicationProcess): void {
    for (const each of this.applications) if (each !== application) each.end();
  }

  /** It has ended, or goes on without this process. */
  endIfLast(code?: number): void {
    if (code !== undefined) this.code = Math.max(this.code ?? 0, code);
    if (this.code === undefined || [...this.applications].some(({ hasEnded }) => !hasEnded)) return;
    this.host.exit(this.code);
  }

  leave(application: ApplicationProcess): void {
    this.applications.delete(application);
    if (this.applications.size > 0) this.endIfLast();
  }
}

/** ApplicationProcess is the process as one of its applications sees it. */
export class ApplicationProcess implements ProcessHost {
  private readonly listeners: [event: string, listener: Listener, heard: Listener][] = [];
  hasEnded = false;

  constructor(
    private readonly host: ProcessHost,
    private readonly shared: SharedProcess,
    readonly end: () => void,
  ) {}

  on(event: string, listener: Listener): this {
    const heard: Listener = isFault(event)
      ? (...args) => {
          if (this.shared.isFirstToHear(event, this)) listener(...args);
        }
      : listener;
    this.listeners.push([event, listener, heard]);
    this.host.on(event, heard);
    return this;
  }

  off(event: string, listener: Listener): this {
    const at = this.listeners.findIndex((each) => each[0] === event && each[1] === listener);
    const [found] = at === -1 ? [] : this.listeners.splice(at, 1);
    if (found !== undefined) this.host.off(event, found[2]);
    return this;
  }

  hears(event: string): boolean {
    return this.listeners.some(([each]) => each === event);
  }

  /** Ends the process with the last application. Until then signals and faults are of those that go on, not of this one. */
  exit(code: number): never {
    if (!this.hasEnded) {
      this.hasEnded = true;
      for (const [event, , heard] of this.listeners.splice(0)) this.host.off(event, heard);
      this.shared.endIfLast(code);
    }
    // What waits for it waits for ever.
    return undefined as never;
  }

  ends(): void {
    this.shared.endOthers(this);
  }

  /** The application has closed, and the process goes on. */
  leave(): void {
    this.shared.leave(this);
  }
}
