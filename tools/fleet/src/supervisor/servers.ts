import type { FleetServer } from '@nestfleet/contracts';
import { isHopeless } from '../core/life.ts';
import { wordsOf } from '../servers/errors.ts';
import { KeptProcess, type KeptContext } from './kept-process.ts';
import { neverReady } from './never-ready.ts';
import type { ServerSpec } from './server-spec.ts';

type Kept = KeptProcess<{ ready: true }>;

/** Redis and Consul: started together, started again when they end, ended last. */
export class Servers {
  private readonly specs: readonly ServerSpec[];
  private readonly context: KeptContext;
  private readonly kept = new Map<string, Kept>();
  private readonly retries = new Map<Kept, NodeJS.Timeout>();
  private readonly watchers = new Set<() => void>();

  constructor(specs: readonly ServerSpec[], context: KeptContext) {
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

  /** Starts one that is not kept at present, and resolves when it is ready. */
  async start(name: FleetServer['name']): Promise<void> {
    const spec = this.specOf(name);
    const known = this.kept.get(name);
    if (known === undefined) {
      const created: Kept = new KeptProcess(spec, {
        ...this.context,
        changed: () => this.changed(created),
      });
      this.kept.set(name, created);
      created.start();
    }
    await this.untilReady(spec);
  }

  /** Ends one and keeps it ended until `start`. `kill` is SIGKILL: what a crash of the machine would leave. */
  async stop(name: FleetServer['name'], how: 'stop' | 'kill'): Promise<void> {
    const kept = this.kept.get(name);
    if (kept === undefined) return;
    this.kept.delete(name);
    // Before it hears SIGTERM, on which Redis would write to disk what a crash loses.
    if (how === 'kill') kept.signal('SIGKILL');
    await kept.leave();
    this.context.changed();
  }

  /** Consul first: what Redis has written last is what nobody may lose. */
  async stopAll(): Promise<void> {
    for (const spec of this.specs.toReversed()) await this.stop(spec.name, 'stop');
  }

  signal(name: FleetServer['name'], signal: NodeJS.Signals): void {
    this.kept.get(name)?.signal(signal);
  }

  killAll(): void {
    for (const kept of this.kept.values()) kept.signal('SIGKILL');
  }

  urlOf(name: FleetServer['name']): string {
    return this.specOf(name).url();
  }

  /** Those that run now. */
  state(): FleetServer[] {
    return this.specs.flatMap(({ name, url, version }) => {
      const kept = this.kept.get(name);
      if (kept?.child === undefined || kept.child.hasEnded()) return [];
      return [{ name, url: url(), version, pid: kept.child.pid, started_at_ms: kept.child.startedAtMs }];
    });
  }

  private specOf(name: FleetServer['name']): ServerSpec {
    const spec = this.specs.find((each) => each.name === name);
    if (spec === undefined) throw new Error(`there is no server ${name}`);
    return spec;
  }

  private changed(kept: Kept): void {
    if (kept.life.phase === 'backing-off' && kept.life.retryAtMs !== null && !this.retries.has(kept)) {
      const inMs = Math.max(0, kept.life.retryAtMs - this.context.nowMs());
      const retry = (): void => {
        this.retries.delete(kept);
        if (kept.life.phase === 'backing-off') kept.start();
      };
      this.retries.set(kept, setTimeout(retry, inMs));
    }
    this.context.changed();
    for (const watcher of this.watchers) watcher();
  }

  private async untilReady({ name, logFile }: ServerSpec): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const kept = this.kept.get(name);
      if (kept?.life.phase === 'ready') resolve();
      else if (kept === undefined) reject(new Error(`${name} was stopped`));
      else if (isHopeless(kept.life)) reject(neverReady(name, kept.life, logFile, kept.child?.logOffset ?? 0));
    };
    this.watchers.add(look);
    look();
    try {
      await promise;
    } catch (fault) {
      this.context.say(wordsOf(fault));
      throw fault;
    } finally {
      this.watchers.delete(look);
    }
  }
}
