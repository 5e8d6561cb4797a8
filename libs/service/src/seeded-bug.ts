declare const NESTFLEET_SEEDED_BUG: string | undefined;

/** Faults that can be compiled into a bundle, so that proofs are shown to find them. No setting switches one on. */
export type SeededBugName = 'no-drain';

/** False in every bundle but those that were built for such a proof. */
export const hasSeededBug = (fault: SeededBugName): boolean =>
  typeof NESTFLEET_SEEDED_BUG === 'string' && NESTFLEET_SEEDED_BUG === fault;
