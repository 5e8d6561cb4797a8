/**
 * Exit codes of a boot, as sysexits has them. A platform may restart after both; 78 says that it will end the same.
 *
 * | what                                                                    | end                    |
 * | ----------------------------------------------------------------------- | ---------------------- |
 * | the environment is wrong, or its settings do not fit together           | 78 before it listens   |
 * | a lib refuses what it was given (`redis_url`, `unknown_queue`, …),      | 78; behind the start   |
 * | the wiring throws: `compose`, a Nest module, `firstReady`               | after an ordered leave |
 * | the system refuses a resource at start: a port in use, a bad descriptor | 69, may go by itself   |
 * | Redis is away or refuses: WRONGPASS, NOPERM, an index out of range      | none: waits, 503       |
 * | Consul is away or refuses                                               | none: goes on without  |
 */
export const EXIT_CONFIG = 78;
export const EXIT_UNAVAILABLE = 69;

/** Causes of causes that are looked at. */
const DEPTH_MAX = 8;

/**
 * bootExitCode tells what no time heals from what may be had later. What time heals is waited for by whoever needs it and
 * does not end here; of the rest only an error of the system (it has a `syscall`) can look different at the next start.
 */
export function bootExitCode(error: unknown): typeof EXIT_CONFIG | typeof EXIT_UNAVAILABLE {
  let link: unknown = error;
  for (let depth = 0; depth < DEPTH_MAX && typeof link === 'object' && link !== null; depth += 1) {
    if ('syscall' in link && typeof link.syscall === 'string') return EXIT_UNAVAILABLE;
    link = 'cause' in link ? link.cause : undefined;
  }
  return EXIT_CONFIG;
}
