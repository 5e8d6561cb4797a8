import type { Member } from './member.ts';

/** Tiers are the eligible members in order of preference. Ready-made lists, so that a pick looks at nobody one by one. */
export interface Tiers {
  /** Not ejected. */
  readonly usable: readonly Member[];
  /** Ejected for what they answer, or for not answering. Somebody is there, so they come before the refusing. */
  readonly failing: readonly Member[];
  readonly refusing: readonly Member[];
  /** Half-open: of the last two, those whose time is over and that no probe is on its way to, or for too long. */
  readonly probeable: readonly Member[];
  /** When the next one's time is over, or its probe has lasted too long. */
  readonly validUntilMs: number;
}

export function tiersOf(eligible: readonly Member[], nowMs: number): Tiers {
  const usable: Member[] = [];
  const failing: Member[] = [];
  const refusing: Member[] = [];
  const probeable: Member[] = [];
  let validUntilMs = Infinity;
  for (const member of eligible) {
    const { ejection } = member;
    if (ejection === undefined) {
      usable.push(member);
      continue;
    }
    (ejection.why === 'refused' ? refusing : failing).push(member);
    const nextMs = Math.max(ejection.untilMs, ejection.probeUntilMs);
    if (nextMs > nowMs) validUntilMs = Math.min(validUntilMs, nextMs);
    else probeable.push(member);
  }
  return { usable, failing, refusing, probeable, validUntilMs };
}
