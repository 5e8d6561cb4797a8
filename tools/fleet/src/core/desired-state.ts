import { SERVICE_NAMES } from '@nestfleet/contracts';
import { hasFailed } from './lifecycle.ts';
import type { Member } from './plan.ts';
import type { Counts } from './services.ts';

/** Assessment says whether the desired state is reached, may still be, or cannot: `failed` names the first that failed. */
export type Assessment = { readonly is: 'reached' | 'pending' } | { readonly is: 'failed'; readonly member: Member };

/** assess compares the members with the desired state. */
export function assess(desired: Counts, members: readonly Member[]): Assessment {
  const member = members.find(({ lifecycle }) => lifecycle.phase === 'backing-off' && hasFailed(lifecycle));
  if (member !== undefined) return { is: 'failed', member };
  const ready = members.filter(({ lifecycle }) => lifecycle.phase === 'ready');
  const rest = members.filter(({ lifecycle }) => lifecycle.phase !== 'ready' && lifecycle.phase !== 'gone');
  const enough = SERVICE_NAMES.every(
    (service) => ready.filter((each) => each.service === service).length === desired[service],
  );
  const isRolling = members.some(({ retiring }) => retiring);
  return { is: enough && rest.length === 0 && !isRolling ? 'reached' : 'pending' };
}
