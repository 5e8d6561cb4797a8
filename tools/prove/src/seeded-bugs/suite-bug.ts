import type { Patch } from './seeded-bug.ts';

/** SuiteBug is a seeded bug that the specs of a project have to find, each alone. */
export interface SuiteBug {
  readonly name: string;
  /** What is wrong with it. */
  readonly description: string;
  readonly patches: readonly Patch[];
  /** The spec, from the repository's root, and words of the name of a test in it that fails then. */
  readonly detectedBy: { readonly spec: string; readonly test: string };
}
