/**
 * CLOCK_SLACK_MS is by how much a time that lies ahead may be further ahead than any is written. The clocks of two transactions, or
 * of two processes, are not those of one moment.
 */
export const CLOCK_SLACK_MS = 60_000;
