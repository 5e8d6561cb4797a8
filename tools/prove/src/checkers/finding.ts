/** What a checker says of a history. */
export interface Finding {
  /** What was to hold. */
  readonly claim: string;
  readonly holds: boolean;
  /** What was there instead; of many faults the first ones. */
  readonly faults: readonly string[];
}

const FAULTS_SHOWN = 5;

export function finding(claim: string, faults: readonly string[]): Finding {
  const more = faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : [];
  return { claim, holds: faults.length === 0, faults: [...faults.slice(0, FAULTS_SHOWN), ...more] };
}

/** Bounds with a reason to fail below, too: a history of nothing proves nothing. */
export const bounded = (what: string, value: number, { most, least }: { most?: number; least?: number }): Finding =>
  finding(
    [
      what,
      ...(least === undefined ? [] : [`at least ${least}`]),
      ...(most === undefined ? [] : [`at most ${most}`]),
    ].join(' '),
    Number.isNaN(value) || (most !== undefined && value > most) || (least !== undefined && value < least)
      ? [`it is ${value}`]
      : [],
  );
