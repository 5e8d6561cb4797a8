declare const NESTFLEET_PLANTED: string | undefined;

/** Faults that can be compiled into a bundle, so that proofs are shown to find them. No setting switches one on. */
export type PlantedFault = 'no-drain';

/** False in every bundle but those that were built for such a proof. */
export const isPlanted = (fault: PlantedFault): boolean =>
  typeof NESTFLEET_PLANTED === 'string' && NESTFLEET_PLANTED === fault;
