import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import type { Life } from './life.ts';
import { startOrder, type Counts } from './services.ts';

/** Starts that run at the same time: booting burns CPU, and more than two slow each other on a small machine. */
export const STARTS_AT_ONCE = 2;

export interface Member {
  readonly service: ServiceName;
  readonly slot: number;
  readonly life: Life;
}

export type Action =
  | { readonly do: 'create'; readonly service: ServiceName; readonly slot: number }
  | { readonly do: 'restart' | 'leave'; readonly service: ServiceName; readonly slot: number };

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing has happened, or null. */
  readonly lookAgainAtMs: number | null;
}

/** The steps from what is to what shall be. Doing them and asking again comes to rest when both are the same. */
export function plan(desired: Counts, members: readonly Member[], nowMs: number): Plan {
  const staying = members.filter(({ life }) => life.phase !== 'leaving' && life.phase !== 'gone');
  const leave = SERVICE_NAMES.flatMap((service) => surplus(of(staying, service), desired[service]));
  const kept = staying.filter((member) => !leave.includes(member));
  const due = kept.filter(({ life }) => life.phase === 'backing-off' && (life.retryAtMs ?? 0) <= nowMs);
  const missing = startOrder.flatMap((service) => freeSlots(members, kept, service, desired[service]));
  const starting = kept.filter(({ life }) => life.phase === 'starting').length;
  const starts: Action[] = [
    ...due.map(({ service, slot }) => ({ do: 'restart' as const, service, slot })),
    ...missing.map(({ service, slot }) => ({ do: 'create' as const, service, slot })),
  ];
  const waiting = kept.flatMap(({ life }) =>
    life.phase === 'backing-off' && life.retryAtMs !== null && life.retryAtMs > nowMs ? [life.retryAtMs] : [],
  );
  return {
    actions: [
      ...leave.map(({ service, slot }) => ({ do: 'leave' as const, service, slot })),
      ...starts.slice(0, Math.max(0, STARTS_AT_ONCE - starting)),
    ],
    lookAgainAtMs: waiting.length === 0 ? null : Math.min(...waiting),
  };
}

const of = (members: readonly Member[], service: ServiceName): readonly Member[] =>
  members.filter((member) => member.service === service);

/** Highest slots first, so that the low names stay the ones that are always there. */
function surplus(members: readonly Member[], count: number): readonly Member[] {
  return members.toSorted((a, b) => b.slot - a.slot).slice(0, Math.max(0, members.length - count));
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
  const lacking = count - of(kept, service).length;
  for (let slot = 1; free.length < lacking; slot += 1) if (!taken.has(slot)) free.push({ service, slot });
  return free;
}
