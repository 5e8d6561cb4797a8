declare const NESTFLEET_SEEDED_BUG: string | undefined;

/**
 * SeededBugName names a bug that can be compiled into a bundle, so that tests are shown to find it. No setting switches one
 * on.
 */
export type SeededBugName = 'no-drain';

/** hasSeededBug is false in every bundle but those that were built for such a test. */
export const hasSeededBug = (bug: SeededBugName): boolean =>
  typeof NESTFLEET_SEEDED_BUG === 'string' && NESTFLEET_SEEDED_BUG === bug;
