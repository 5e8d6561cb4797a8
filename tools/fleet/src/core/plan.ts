import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import type { Life } from './life.ts';
import { startOrder, type Counts } from './services.ts';

/** Starts that run at the same time: booting burns CPU, and more than two slow each other on a small machine. */
export const STARTS_AT_ONCE = 2;

export interface Member {
  readonly service: ServiceName;
  readonly slot: number;
  readonly life: Life;
  /** To be replaced by another one in the same slot, which comes first. */
  readonly retiring: boolean;
}

export interface Action {
  readonly do: 'create' | 'restart' | 'leave';
  readonly service: ServiceName;
  readonly slot: number;
  /** Which of the two in a slot; a new one never is. */
  readonly retiring: boolean;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing has happened, or null. */
  readonly lookAgainAtMs: number | null;
}

/** The steps from what is to what shall be. Doing them and asking again comes to rest when both are the same. */
export function plan(desired: Counts, members: readonly Member[], nowMs: number): Plan {
  const staying = members.filter(({ life }) => life.phase !== 'leaving' && life.phase !== 'gone');
  const surplus = SERVICE_NAMES.flatMap((service) => surplusOf(of(staying, service), desired[service]));
  const kept = staying.filter((member) => !surplus.includes(member));
  const turns = startOrder.flatMap((service) => turnOf(of(members, service), of(kept, service)));
  const due = kept.filter(({ life }) => life.phase === 'backing-off' && (life.retryAtMs ?? 0) <= nowMs);
  const missing = startOrder.flatMap((service) => freeSlots(members, kept, service, desired[service]));
  const starting = kept.filter(({ life }) => life.phase === 'starting').length;
  const starts: Action[] = [
    ...due.map((member) => actionFor('restart', member)),
    ...missing.map((place) => ({ do: 'create' as const, ...place, retiring: false })),
    ...turns.filter((action) => action.do === 'create'),
  ];
  const waiting = kept.flatMap(({ life }) =>
    life.phase === 'backing-off' && life.retryAtMs !== null && life.retryAtMs > nowMs ? [life.retryAtMs] : [],
  );
  return {
    actions: [
      ...surplus.map((member) => actionFor('leave', member)),
      ...turns.filter((action) => action.do === 'leave'),
      ...starts.slice(0, Math.max(0, STARTS_AT_ONCE - starting)),
    ],
    lookAgainAtMs: waiting.length === 0 ? null : Math.min(...waiting),
  };
}

const of = (members: readonly Member[], service: ServiceName): readonly Member[] =>
  members.filter((member) => member.service === service);

const actionFor = (what: 'restart' | 'leave', { service, slot, retiring }: Member): Action => ({
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
 * A rolling restart, one replica at a time: its successor starts in the same slot, it leaves when that one is ready, and
 * the next has its turn when it is gone. So the service has one replica more and never one less.
 */
function turnOf(members: readonly Member[], kept: readonly Member[]): Action[] {
  if (members.some(({ life }) => life.phase === 'leaving')) return [];
  const old = kept.filter(({ retiring }) => retiring).toSorted((a, b) => a.slot - b.slot)[0];
  if (old === undefined) return [];
  const successor = kept.find(({ slot, retiring }) => slot === old.slot && !retiring);
  if (successor === undefined) return [{ do: 'create', service: old.service, slot: old.slot, retiring: false }];
  return successor.life.phase === 'ready' ? [actionFor('leave', old)] : [];
}

/**
 * The lowest slots that nobody has. One that is still leaving keeps its slot until it is gone: two processes with one
 * name would be taken for each other, and waiting for it would hold the new one up.
 */
function freeSlots(
  members: readonly Member[],
  kept: readonly Member[],
  service: ServiceName,
  count: number,
): { service: ServiceName; slot: number }[] {
  const taken = new Set(of(members, service).flatMap(({ slot, life }) => (life.phase === 'gone' ? [] : [slot])));
  const free: { service: ServiceName; slot: number }[] = [];
  const lacking = count - slotsOf(of(kept, service)).length;
  for (let slot = 1; free.length < lacking; slot += 1) if (!taken.has(slot)) free.push({ service, slot });
  return free;
}
