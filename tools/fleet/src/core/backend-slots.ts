/** How HAProxy numbers the states of a server. */
const RUNNING = '2';
const NO_ADDRESS = '-';

interface Row {
  readonly line: string;
  readonly backend: string;
  readonly address: string;
  readonly state: string;
}

/** Rows of HAProxy's `show servers state`: a line with a version, one with `#` and names, then one a server. */
function rowsOf(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => /^\d+ \S+ \d+ /.test(line))
    .map((line) => {
      const [, backend = '', , , address = NO_ADDRESS, state = ''] = line.split(' ');
      return { line, backend, address, state };
    });
}

const serves = ({ address, state }: Row): boolean => state === RUNNING && address !== NO_ADDRESS;

/** servingSlots is how many servers of a backend take requests. */
export const servingSlots = (text: string, backend: string): number =>
  rowsOf(text).filter((row) => row.backend === backend && serves(row)).length;

/**
 * stateToKeep is what the next worker begins with: the servers that serve. A slot that does not is left out, so that one which
 * has got stuck is empty again and is filled by the next answer of the name server.
 */
export function stateToKeep(text: string): string {
  const gone = new Set(
    rowsOf(text)
      .filter((row) => !serves(row))
      .map(({ line }) => line),
  );
  return text
    .split('\n')
    .filter((line) => !gone.has(line))
    .join('\n');
}

/**
 * SlotWatch detects that for too long fewer slots serve than replicas are ready.
 * @param toleranceMs DNS and health checks may lag for so long
 */
export class SlotWatch {
  private tooFewSinceMs: number | undefined;
  private readonly toleranceMs: number;

  constructor(toleranceMs: number) {
    this.toleranceMs = toleranceMs;
  }

  /** True when too few have served for too long; the time begins anew after that. */
  isStuck(ready: number, serving: number, nowMs: number): boolean {
    if (serving >= ready) {
      this.tooFewSinceMs = undefined;
      return false;
    }
    this.tooFewSinceMs ??= nowMs;
    if (nowMs - this.tooFewSinceMs < this.toleranceMs) return false;
    this.tooFewSinceMs = undefined;
    return true;
  }
}
