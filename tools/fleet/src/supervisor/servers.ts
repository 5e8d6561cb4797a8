import type { FleetServer } from '@nestfleet/contracts';
import { hasFailed } from '../core/lifecycle.ts';
import { messageOf } from '../servers/errors.ts';
import { ManagedProcess, type ProcessContext } from './managed-process.ts';
import { neverReady } from './never-ready.ts';
import type { ServerSpec } from './server-spec.ts';

type Managed = ManagedProcess<{ ready: true }>;

/** Servers are Redis and Consul: started together, restarted when they exit, stopped last. */
export class Servers {
  private readonly specs: readonly ServerSpec[];
  private readonly context: ProcessContext;
  private readonly managed = new Map<string, Managed>();
  private readonly retries = new Map<Managed, NodeJS.Timeout>();
  private readonly watchers = new Set<() => void>();

  constructor(specs: readonly ServerSpec[], context: ProcessContext) {
    this.specs = specs;
    this.context = context;
  }

  /** Whether it is one of this fleet's own. */
  has(name: FleetServer['name']): boolean {
    return this.specs.some((spec) => spec.name === name);
  }

  /** Resolves when all are ready. @throws StackFault never_ready */
  async startAll(): Promise<void> {
    await Promise.all(this.specs.map((spec) => this.start(spec.name)));
  }

  /** Starts one that is stopped, and resolves when it is ready. */
  async start(name: FleetServer['name']): Promise<void> {
    const spec = this.specOf(name);
    const known = this.managed.get(name);
    if (known === undefined) {
      const created: Managed = new ManagedProcess(spec, {
        ...this.context,
        changed: () => this.changed(created),
      });
      this.managed.set(name, created);
      created.start();
    }
    await this.untilReady(spec);
  }

  /** Stops one until `start`. `kill` is SIGKILL: what a crash of the machine would leave. */
  async stop(name: FleetServer['name'], how: 'stop' | 'kill'): Promise<void> {
    const server = this.managed.get(name);
    if (server === undefined) return;
    this.managed.delete(name);
    // Before it hears SIGTERM, on which Redis would write to disk what a crash loses.
    if (how === 'kill') server.signal('SIGKILL');
    await server.stop();
    this.context.changed();
  }

  /** Consul first: what Redis has written last is what nobody may lose. */
  async stopAll(): Promise<void> {
    for (const spec of this.specs.toReversed()) await this.stop(spec.name, 'stop');
  }

  signal(name: FleetServer['name'], signal: NodeJS.Signals): void {
    this.managed.get(name)?.signal(signal);
  }

  killAll(): void {
    for (const server of this.managed.values()) server.signal('SIGKILL');
  }

  urlOf(name: FleetServer['name']): string {
    return this.specOf(name).url();
  }

  /** Those that run now. */
  state(): FleetServer[] {
    return this.specs.flatMap(({ name, url, version }) => {
      const server = this.managed.get(name);
      if (server?.child === undefined || server.child.hasEnded()) return [];
      return [{ name, url: url(), version, pid: server.child.pid, started_at_ms: server.child.startedAtMs }];
    });
  }

  private specOf(name: FleetServer['name']): ServerSpec {
    const spec = this.specs.find((each) => each.name === name);
    if (spec === undefined) throw new Error(`there is no server ${name}`);
    return spec;
  }

  private changed(server: Managed): void {
    if (server.lifecycle.phase === 'backing-off' && server.lifecycle.retryAtMs !== null && !this.retries.has(server)) {
      const inMs = Math.max(0, server.lifecycle.retryAtMs - this.context.nowMs());
      const retry = (): void => {
        this.retries.delete(server);
        if (server.lifecycle.phase === 'backing-off') server.start();
      };
      this.retries.set(server, setTimeout(retry, inMs));
    }
    this.context.changed();
    for (const watcher of this.watchers) watcher();
  }

  private async untilReady({ name, logFile }: ServerSpec): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const server = this.managed.get(name);
      if (server?.lifecycle.phase === 'ready') resolve();
      else if (server === undefined) reject(new Error(`${name} was stopped`));
      else if (hasFailed(server.lifecycle))
        reject(neverReady(name, server.lifecycle, logFile, server.child?.logOffset ?? 0));
    };
    this.watchers.add(look);
    look();
    try {
      await promise;
    } catch (fault) {
      this.context.say(messageOf(fault));
      throw fault;
    } finally {
      this.watchers.delete(look);
    }
  }
}
