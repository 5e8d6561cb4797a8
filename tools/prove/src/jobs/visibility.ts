/** How long a worker may be silent before its jobs are another's, unless it is told otherwise. */
export const VISIBILITY_MS = 30_000;

/** For scenarios in which workers die: each death costs up to 1.5 of it. */
export const SHORT_VISIBILITY = { ms: 2_000, variables: { JOBS_VISIBILITY_MS: '2000' } } as const;
