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

/** How many servers of a backend take requests. */
export const servingSlots = (text: string, backend: string): number =>
  rowsOf(text).filter((row) => row.backend === backend && serves(row)).length;

/**
 * What the next worker begins with: the servers that serve. A slot that does not is left out, so that one which has got
 * stuck is empty again and is filled by the next answer of the name server.
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
 * Watches whether as many slots serve as replicas are ready.
 * @param patienceMs DNS and health checks may lag for so long
 */
export class SlotWatch {
  private lackingSinceMs: number | undefined;
  private readonly patienceMs: number;

  constructor(patienceMs: number) {
    this.patienceMs = patienceMs;
  }

  /** True when it has lacked some for too long; it is patient again after that. */
  isStuck(ready: number, serving: number, nowMs: number): boolean {
    if (serving >= ready) {
      this.lackingSinceMs = undefined;
      return false;
    }
    this.lackingSinceMs ??= nowMs;
    if (nowMs - this.lackingSinceMs < this.patienceMs) return false;
    this.lackingSinceMs = undefined;
    return true;
  }
}
