import { SERVICE_NAMES } from '@nestfleet/contracts';
import { isHopeless } from './life.ts';
import type { Member } from './plan.ts';
import type { Counts } from './services.ts';

/** Whether the fleet is what was asked for, may still become it, or cannot: `hopeless` is the first to blame. */
export type Verdict = { readonly is: 'reached' | 'pending' } | { readonly is: 'hopeless'; readonly member: Member };

export function judge(desired: Counts, members: readonly Member[]): Verdict {
  const member = members.find(({ life }) => life.phase === 'backing-off' && isHopeless(life));
  if (member !== undefined) return { is: 'hopeless', member };
  const ready = members.filter(({ life }) => life.phase === 'ready');
  const rest = members.filter(({ life }) => life.phase !== 'ready' && life.phase !== 'gone');
  const enough = SERVICE_NAMES.every(
    (service) => ready.filter((each) => each.service === service).length === desired[service],
  );
  const isRolling = members.some(({ retiring }) => retiring);
  return { is: enough && rest.length === 0 && !isRolling ? 'reached' : 'pending' };
}
