import type { Member } from './member.ts';

/** The pool by what is held against its members. Ready-made lists, so that a pick looks at nobody one by one. */
export interface Tiers {
  /** Nothing is held against them. */
  readonly usable: readonly Member[];
  /** Ejected for what they answer, or for not answering. Somebody is there, so they come before the refusing. */
  readonly failing: readonly Member[];
  readonly refusing: readonly Member[];
  /** Of the last two, those whose time is over and whom nobody tries at the moment, or for too long. */
  readonly forTrial: readonly Member[];
  /** When the next one's time is over, or its trial has lasted too long. */
  readonly validUntilMs: number;
}

export function tiersOf(pool: readonly Member[], nowMs: number): Tiers {
  const usable: Member[] = [];
  const failing: Member[] = [];
  const refusing: Member[] = [];
  const forTrial: Member[] = [];
  let validUntilMs = Infinity;
  for (const member of pool) {
    const { ejection } = member;
    if (ejection === undefined) {
      usable.push(member);
      continue;
    }
    (ejection.why === 'refused' ? refusing : failing).push(member);
    const nextMs = Math.max(ejection.untilMs, ejection.trialUntilMs);
    if (nextMs > nowMs) validUntilMs = Math.min(validUntilMs, nextMs);
    else forTrial.push(member);
  }
  return { usable, failing, refusing, forTrial, validUntilMs };
}
