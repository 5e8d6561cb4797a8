/** Destination of text that is written at once, as pino's destinations do with `sync`. */
export interface TextSink {
  write(text: string): unknown;
}

/** More than this is written without waiting for the turn's end, characters. */
const HELD_MAX = 65_536;

/**
 * Writes the lines of one turn of the event loop together: under load the system call costs more than the line. A line
 * waits for nothing but the code that runs now; pino flushes after a fatal one, and the owner does when the process ends.
 */
export function linesOfATurn(
  sink: TextSink,
  schedule: (work: () => void) => unknown = setImmediate,
): TextSink & { flushSync(): void } {
  let held = '';
  let isScheduled = false;
  const flushSync = (): void => {
    if (held === '') return;
    const text = held;
    held = '';
    sink.write(text);
  };
  return {
    write(line) {
      held += line;
      if (held.length > HELD_MAX) flushSync();
      else if (!isScheduled) {
        isScheduled = true;
        schedule(() => {
          isScheduled = false;
          flushSync();
        });
      }
    },
    flushSync,
  };
}

let lastMs = Number.NaN;
let lastText = '';

/** The time of a line, made anew once a millisecond. */
export function isoTime(nowMs = Date.now()): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastText = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return lastText;
}
