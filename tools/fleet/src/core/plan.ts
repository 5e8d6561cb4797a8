import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import type { Lifecycle } from './lifecycle.ts';
import { startOrder, type Counts } from './services.ts';

/**
 * CONCURRENT_STARTS_MAX bounds the starts that run at the same time: booting burns CPU, and more than two slow each other on
 * a small machine.
 */
const CONCURRENT_STARTS_MAX = 2;

/** Member is a managed replica as the plan sees it. */
export interface Member {
  readonly service: ServiceName;
  readonly slot: number;
  readonly lifecycle: Lifecycle;
  /** To be replaced by another one in the same slot, which comes first. */
  readonly retiring: boolean;
}

export interface Action {
  readonly do: 'create' | 'restart' | 'stop';
  readonly service: ServiceName;
  readonly slot: number;
  /** Which of the two in a slot; a new one never is. */
  readonly retiring: boolean;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** When to plan again although nothing has happened, or null. */
  readonly recheckAtMs: number | null;
}

/** plan is one round of reconciliation: the actions from the members to the desired state. Repeated, it converges. */
export function plan(desired: Counts, members: readonly Member[], nowMs: number): Plan {
  const staying = members.filter(({ lifecycle }) => lifecycle.phase !== 'leaving' && lifecycle.phase !== 'gone');
  const surplus = SERVICE_NAMES.flatMap((service) => surplusOf(of(staying, service), desired[service]));
  const kept = staying.filter((member) => !surplus.includes(member));
  const rolling = startOrder.flatMap((service) => rollingStepOf(of(members, service), of(kept, service)));
  const due = kept.filter(({ lifecycle }) => lifecycle.phase === 'backing-off' && (lifecycle.retryAtMs ?? 0) <= nowMs);
  const missing = startOrder.flatMap((service) => freeSlots(members, kept, service, desired[service]));
  const starting = kept.filter(({ lifecycle }) => lifecycle.phase === 'starting').length;
  const starts: Action[] = [
    ...due.map((member) => actionFor('restart', member)),
    ...missing.map((slot) => ({ do: 'create' as const, ...slot, retiring: false })),
    ...rolling.filter((action) => action.do === 'create'),
  ];
  const waiting = kept.flatMap(({ lifecycle }) =>
    lifecycle.phase === 'backing-off' && lifecycle.retryAtMs !== null && lifecycle.retryAtMs > nowMs
      ? [lifecycle.retryAtMs]
      : [],
  );
  return {
    actions: [
      ...surplus.map((member) => actionFor('stop', member)),
      ...rolling.filter((action) => action.do === 'stop'),
      ...starts.slice(0, Math.max(0, CONCURRENT_STARTS_MAX - starting)),
    ],
    recheckAtMs: waiting.length === 0 ? null : Math.min(...waiting),
  };
}

const of = (members: readonly Member[], service: ServiceName): readonly Member[] =>
  members.filter((member) => member.service === service);

const actionFor = (what: 'restart' | 'stop', { service, slot, retiring }: Member): Action => ({
  do: what,
  service,
  slot,
  retiring,
});

const slotsOf = (members: readonly Member[]): number[] => [...new Set(members.map(({ slot }) => slot))];

/** Highest slots first, so that the low names stay the ones that are always there. */
function surplusOf(members: readonly Member[], count: number): readonly Member[] {
  const slots = slotsOf(members).toSorted((a, b) => b - a);
  const going = slots.slice(0, Math.max(0, slots.length - count));
  return going.flatMap((slot) => members.filter((member) => member.slot === slot));
}

/**
 * rollingStepOf is a rolling restart with a surge of one: a successor starts in the same slot, the old replica is stopped when
 * that one is ready, and the next slot follows when it is gone. So the service has one replica more and never one less.
 */
function rollingStepOf(members: readonly Member[], kept: readonly Member[]): Action[] {
  if (members.some(({ lifecycle }) => lifecycle.phase === 'leaving')) return [];
  const old = kept.filter(({ retiring }) => retiring).toSorted((a, b) => a.slot - b.slot)[0];
  if (old === undefined) return [];
  const successor = kept.find(({ slot, retiring }) => slot === old.slot && !retiring);
  if (successor === undefined) return [{ do: 'create', service: old.service, slot: old.slot, retiring: false }];
  return successor.lifecycle.phase === 'ready' ? [actionFor('stop', old)] : [];
}

/**
 * freeSlots are the lowest ones that nobody has. A replica that still shuts down keeps its slot until it is gone: two
 * processes with one name would be taken for each other, and waiting for it would hold the new one up.
 */
function freeSlots(
  members: readonly Member[],
  kept: readonly Member[],
  service: ServiceName,
  count: number,
): { service: ServiceName; slot: number }[] {
  const taken = new Set(
    of(members, service).flatMap(({ slot, lifecycle }) => (lifecycle.phase === 'gone' ? [] : [slot])),
  );
  const free: { service: ServiceName; slot: number }[] = [];
  const missing = count - slotsOf(of(kept, service)).length;
  for (let slot = 1; free.length < missing; slot += 1) if (!taken.has(slot)) free.push({ service, slot });
  return free;
}
