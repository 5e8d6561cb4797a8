/**
 * EXIT_CONFIG and EXIT_UNAVAILABLE are the exit codes of a boot, as sysexits has them. A platform may restart after both;
 * 78 says that it will end the same.
 *
 * | what                                                                    | end                    |
 * | ----------------------------------------------------------------------- | ---------------------- |
 * | the environment is wrong, or its settings do not fit together           | 78 before it listens   |
 * | a lib refuses what it was given (`redis_url`, `unknown_queue`, …),      | 78; behind the start   |
 * | the wiring throws: `compose`, a Nest module, `firstReady`               | after a graceful shutdown |
 * | the system will never give it: HOST is none of our addresses, a port    | 78                     |
 * | that we may not take, a descriptor that is no socket                    |                        |
 * | the system has none for now: a port in use, no descriptors, no memory   | 69, may go by itself   |
 * | Redis is down or refuses: WRONGPASS, NOPERM, an index out of range      | none: waits, 503       |
 * | Consul is down or refuses                                               | none: goes on without  |
 * | DISCOVERY_CACHE_DIR cannot be written: nothing that is promised needs   | none: a warning        |
 * | it but a start while the catalog is down                                |                        |
 */
export const EXIT_CONFIG = 78;
export const EXIT_UNAVAILABLE = 69;
/** EX_SOFTWARE: a fault that nothing caught. */
export const EXIT_SOFTWARE = 70;

/** What the system says of a setting that is wrong: an address, a number, a right or a folder. */
const NEVER: ReadonlySet<string> = new Set(
  'EADDRNOTAVAIL EAFNOSUPPORT EACCES EPERM EROFS EBADF EINVAL ENOTSOCK ENOTDIR EISDIR'.split(' '),
);

/** Causes of causes that are looked at. */
const DEPTH_MAX = 8;

/**
 * bootExitCode distinguishes what no time heals from what may be had later. What time heals is waited for by whoever needs
 * it and does not end here; of the rest only an error of the system (it has a `syscall`) can look different at the next
 * start, and of those not each.
 */
export function bootExitCode(error: unknown): typeof EXIT_CONFIG | typeof EXIT_UNAVAILABLE {
  let link: unknown = error;
  for (let depth = 0; depth < DEPTH_MAX && typeof link === 'object' && link !== null; depth += 1) {
    if ('syscall' in link && typeof link.syscall === 'string')
      return 'code' in link && NEVER.has(String(link.code)) ? EXIT_CONFIG : EXIT_UNAVAILABLE;
    link = 'cause' in link ? link.cause : undefined;
  }
  return EXIT_CONFIG;
}
