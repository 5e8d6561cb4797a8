import type { FleetReplica, ReadyReport, ServiceName } from '@nestfleet/contracts';
import { judge } from '../core/goal.ts';
import { plan, type Action, type Member } from '../core/plan.ts';
import { noCounts, replicaName, type Counts } from '../core/services.ts';
import { KeptProcess, type KeptContext, type KeptSpec } from './kept-process.ts';
import { neverReady } from './never-ready.ts';

export interface ReplicasContext extends KeptContext {
  specOf(service: ServiceName, slot: number): KeptSpec<ReadyReport>;
  logOf(name: string): string;
}

interface Kept {
  readonly service: ServiceName;
  readonly slot: number;
  readonly process: KeptProcess<ReadyReport>;
  /** To be replaced by another one in its slot. */
  retiring: boolean;
}

type Place = Pick<Member, 'service' | 'slot'>;
const isSamePlace = (one: Place, other: Place): boolean => one.service === other.service && one.slot === other.slot;

/** Keeps as many replicas as are desired: after every change it asks the plan what to do, and does it. */
export class Replicas {
  private desired: Counts = noCounts;
  private kept: Kept[] = [];
  private timer: NodeJS.Timeout | undefined;
  private scheduled = false;
  private readonly watchers = new Set<() => void>();
  private readonly context: ReplicasContext;

  constructor(context: ReplicasContext) {
    this.context = context;
  }

  get counts(): Counts {
    return this.desired;
  }

  want(counts: Counts): void {
    this.desired = counts;
    this.reconcile();
  }

  /** Replaces each replica of a service by a new one, one after the other; `settled` tells the end. */
  restart(service: ServiceName): void {
    for (const each of this.kept) {
      const { phase } = each.process.life;
      if (each.service === service && phase !== 'leaving' && phase !== 'gone') each.retiring = true;
    }
    this.reconcile();
  }

  /** Ends a restart where it stands: those that were to be replaced stay, and what was to replace them leaves. */
  stopRestart(): void {
    for (const old of this.kept.filter(({ retiring }) => retiring)) {
      old.retiring = false;
      const successor = this.kept.find((each) => each !== old && isSamePlace(each, old));
      if (successor !== undefined) void successor.process.leave();
    }
    this.reconcile();
  }

  /** Resolves when the fleet is as desired, the leaving ones gone. @throws StackFault never_ready */
  async settled(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const verdict = judge(this.desired, this.members());
      if (verdict.is === 'reached') resolve();
      if (verdict.is !== 'hopeless') return;
      const { service, slot, life } = verdict.member;
      const name = replicaName(service, slot);
      const offset = this.find(verdict.member)?.process.child?.logOffset ?? 0;
      reject(neverReady(name, life, this.context.logOf(name), offset));
    };
    this.watchers.add(look);
    look();
    await promise.finally(() => this.watchers.delete(look));
  }

  /** How many processes of a service there are, in whatever phase. */
  count(service: ServiceName): number {
    return this.kept.filter((each) => each.service === service && each.process.life.phase !== 'gone').length;
  }

  readyCount(service: ServiceName): number {
    return this.kept.filter((each) => each.service === service && each.process.life.phase === 'ready').length;
  }

  /** Wants none of a service any more, and resolves when the last one is gone. */
  async endAll(service: ServiceName): Promise<void> {
    const all = this.kept.filter((each) => each.service === service);
    this.want({ ...this.desired, [service]: 0 });
    await Promise.all(all.map(({ process }) => process.leave()));
  }

  killAll(): void {
    for (const { process } of this.kept) process.signal('SIGKILL');
  }

  state(): FleetReplica[] {
    return this.kept.flatMap(({ service, slot, process: { life, child, report, spec } }) => {
      if (life.phase === 'gone' || child === undefined || child.pid === 0) return [];
      const isUp = life.phase === 'ready' || life.phase === 'leaving';
      return [
        {
          service,
          slot: String(slot),
          name: spec.name,
          pid: child.pid,
          started_at_ms: child.startedAtMs,
          instance_id: isUp ? (report?.instance_id ?? null) : null,
          ports: isUp && report !== undefined ? report.ports : { http: null, rpc: null, control: null, metrics: null },
          state: life.phase,
          restarts: life.restarts,
        },
      ];
    });
  }

  private members(): Member[] {
    return this.kept.map(({ service, slot, process: { life }, retiring }) => ({ service, slot, life, retiring }));
  }

  private find(which: Pick<Member, 'service' | 'slot' | 'retiring'>): Kept | undefined {
    return this.kept.find((each) => isSamePlace(each, which) && each.retiring === which.retiring);
  }

  private reconcile(): void {
    clearTimeout(this.timer);
    this.kept = this.kept.filter(({ process: { life } }) => life.phase !== 'gone');
    const { actions, lookAgainAtMs } = plan(this.desired, this.members(), this.context.nowMs());
    for (const action of actions) this.act(action);
    if (lookAgainAtMs !== null)
      this.timer = setTimeout(() => this.reconcile(), Math.max(1, lookAgainAtMs - this.context.nowMs()));
  }

  private act(action: Action): void {
    if (action.do === 'create') this.create(action.service, action.slot);
    else if (action.do === 'restart') this.find(action)?.process.start();
    else void this.find(action)?.process.leave();
  }

  private create(service: ServiceName, slot: number): void {
    const process = new KeptProcess(this.context.specOf(service, slot), {
      ...this.context,
      changed: () => this.changed(),
    });
    this.kept.push({ service, slot, process, retiring: false });
    process.start();
  }

  /** The plan is asked a moment later, once for many changes: an action is itself a change. */
  private changed(): void {
    this.context.changed();
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.reconcile();
      for (const watcher of this.watchers) watcher();
    });
  }
}
