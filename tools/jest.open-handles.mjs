import { format } from 'node:util';

/** A run that has ended is given so long to close what its tests opened. */
const EXIT_WITHIN_MS = 15_000;

/** What a handle is, in a line: where a connection goes, which program a process runs. */
function nameOf(handle) {
  const kind = handle?.constructor?.name ?? typeof handle;
  if (handle?.spawnargs !== undefined) return format('%s %d: %s', kind, handle.pid, handle.spawnargs.join(' '));
  if (handle?.listening === true) return format('%s listening at %j', kind, handle.address());
  if (handle?.remotePort !== undefined)
    return format(
      '%s %s:%d to %s:%d',
      kind,
      handle.localAddress,
      handle.localPort,
      handle.remoteAddress,
      handle.remotePort,
    );
  return format('%s %s', kind, handle?.fd ?? '');
}

/**
 * OpenHandlesReporter ends a run whose process does not exit by itself, says what kept it open, and fails it: what a test
 * leaves open, a program that uses the code may be left with too.
 */
export default class OpenHandlesReporter {
  constructor({ watch, watchAll }, { exitWithinMs = EXIT_WITHIN_MS } = {}) {
    this.isWatching = watch === true || watchAll === true;
    this.exitWithinMs = exitWithinMs;
  }

  onRunComplete() {
    if (this.isWatching) return;
    setTimeout(() => {
      const handles = process['_getActiveHandles']().filter(
        (handle) => handle !== process.stdout && handle !== process.stderr,
      );
      console.error(format('\nthe run is over and its process did not exit within %d ms; open:', this.exitWithinMs));
      console.error(process.getActiveResourcesInfo().join(', '));
      for (const handle of handles) console.error(`  ${nameOf(handle)}`);
      process.exit(1);
    }, this.exitWithinMs).unref();
  }
}
