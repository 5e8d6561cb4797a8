import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './finding.ts';

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
};

/** Counts what one row asserted. A fault does not end the row: one run shows all of them. */
export class Check {
  ran = 0;
  readonly faults: string[] = [];
  /** What was measured, for the table. */
  readonly notes: string[] = [];

  holds(what: string, truth: boolean, seen?: unknown): void {
    this.ran += 1;
    if (!truth) this.faults.push(seen === undefined ? what : `${what}; seen: ${shown(seen)}`);
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    this.holds(`${what}: expected ${shown(expected)}`, isDeepStrictEqual(actual, expected), actual);
  }

  atMost(what: string, actual: number, most: number): void {
    this.holds(`${what}: expected at most ${most}`, actual <= most, actual);
  }

  atLeast(what: string, actual: number, least: number): void {
    this.holds(`${what}: expected at least ${least}`, actual >= least, actual);
  }

  /** What a checker said of a history. */
  finds({ claim, holds, faults }: Finding): void {
    this.holds(claim, holds, faults.join('; '));
  }

  /** All that another one saw. */
  take(other: Check): void {
    this.ran += other.ran;
    this.faults.push(...other.faults);
    this.notes.push(...other.notes);
  }

  note(text: string): void {
    this.notes.push(text);
  }
}
