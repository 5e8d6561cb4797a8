import type { FleetReplica, ReadyReport, ServiceName } from '@nestfleet/contracts';
import { assess } from '../core/desired-state.ts';
import { plan, type Action, type Member } from '../core/plan.ts';
import { noCounts, replicaName, type Counts } from '../core/services.ts';
import { ManagedProcess, type ProcessContext, type ProcessSpec } from './managed-process.ts';
import { neverReady } from './never-ready.ts';

export interface ReplicasContext extends ProcessContext {
  specOf(service: ServiceName, slot: number): ProcessSpec<ReadyReport>;
  logOf(name: string): string;
}

interface Managed {
  readonly service: ServiceName;
  readonly slot: number;
  readonly process: ManagedProcess<ReadyReport>;
  /** To be replaced by another one in its slot. */
  retiring: boolean;
}

type SlotRef = Pick<Member, 'service' | 'slot'>;
const isSameSlot = (one: SlotRef, other: SlotRef): boolean => one.service === other.service && one.slot === other.slot;

/** Replicas reconcile the managed processes with the desired counts: after every change the plan's actions are carried out. */
export class Replicas {
  private desired: Counts = noCounts;
  private managed: Managed[] = [];
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

  setDesired(counts: Counts): void {
    this.desired = counts;
    this.reconcile();
  }

  /** Rolling restart of a service, one replica after the other; `settled` resolves at its end. */
  restart(service: ServiceName): void {
    for (const each of this.managed) {
      const { phase } = each.process.lifecycle;
      if (each.service === service && phase !== 'leaving' && phase !== 'gone') each.retiring = true;
    }
    this.reconcile();
  }

  /** Cancels a rolling restart: replicas that were to be replaced stay, their successors are stopped. */
  stopRestart(): void {
    for (const old of this.managed.filter(({ retiring }) => retiring)) {
      old.retiring = false;
      const successor = this.managed.find((each) => each !== old && isSameSlot(each, old));
      if (successor !== undefined) void successor.process.stop();
    }
    this.reconcile();
  }

  /** Resolves when the desired state is reached, with nothing left that shuts down. @throws StackFault never_ready */
  async settled(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const assessment = assess(this.desired, this.members());
      if (assessment.is === 'reached') resolve();
      if (assessment.is !== 'failed') return;
      const { service, slot, lifecycle } = assessment.member;
      const name = replicaName(service, slot);
      const offset = this.find(assessment.member)?.process.child?.logOffset ?? 0;
      reject(neverReady(name, lifecycle, this.context.logOf(name), offset));
    };
    this.watchers.add(look);
    look();
    await promise.finally(() => this.watchers.delete(look));
  }

  /** How many processes of a service there are, in whatever phase. */
  count(service: ServiceName): number {
    return this.managed.filter((each) => each.service === service && each.process.lifecycle.phase !== 'gone').length;
  }

  readyCount(service: ServiceName): number {
    return this.managed.filter((each) => each.service === service && each.process.lifecycle.phase === 'ready').length;
  }

  /** Scales a service to 0, and resolves when the last replica is gone. */
  async endAll(service: ServiceName): Promise<void> {
    const all = this.managed.filter((each) => each.service === service);
    this.setDesired({ ...this.desired, [service]: 0 });
    await Promise.all(all.map(({ process }) => process.stop()));
  }

  killAll(): void {
    for (const { process } of this.managed) process.signal('SIGKILL');
  }

  state(): FleetReplica[] {
    return this.managed.flatMap(({ service, slot, process: { lifecycle, child, report, spec } }) => {
      if (lifecycle.phase === 'gone' || child === undefined || child.pid === 0) return [];
      const isUp = lifecycle.phase === 'ready' || lifecycle.phase === 'leaving';
      return [
        {
          service,
          slot: String(slot),
          name: spec.name,
          pid: child.pid,
          started_at_ms: child.startedAtMs,
          instance_id: isUp ? (report?.instance_id ?? null) : null,
          ports: isUp && report !== undefined ? report.ports : { http: null, rpc: null, control: null, metrics: null },
          state: lifecycle.phase,
          restarts: lifecycle.restarts,
        },
      ];
    });
  }

  private members(): Member[] {
    return this.managed.map(({ service, slot, process: { lifecycle }, retiring }) => ({
      service,
      slot,
      lifecycle,
      retiring,
    }));
  }

  private find(which: Pick<Member, 'service' | 'slot' | 'retiring'>): Managed | undefined {
    return this.managed.find((each) => isSameSlot(each, which) && each.retiring === which.retiring);
  }

  private reconcile(): void {
    clearTimeout(this.timer);
    this.managed = this.managed.filter(({ process: { lifecycle } }) => lifecycle.phase !== 'gone');
    const { actions, recheckAtMs } = plan(this.desired, this.members(), this.context.nowMs());
    for (const action of actions) this.act(action);
    if (recheckAtMs !== null)
      this.timer = setTimeout(() => this.reconcile(), Math.max(1, recheckAtMs - this.context.nowMs()));
  }

  private act(action: Action): void {
    if (action.do === 'create') this.create(action.service, action.slot);
    else if (action.do === 'restart') this.find(action)?.process.start();
    else void this.find(action)?.process.stop();
  }

  private create(service: ServiceName, slot: number): void {
    const process = new ManagedProcess(this.context.specOf(service, slot), {
      ...this.context,
      changed: () => this.changed(),
    });
    this.managed.push({ service, slot, process, retiring: false });
    process.start();
  }

  /** Reconciles a moment later, once for many changes: an action is itself a change. */
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
