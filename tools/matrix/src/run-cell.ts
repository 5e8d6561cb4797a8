import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cell, nameOf } from './cells.ts';
import { nodeOf } from './programs.ts';
import { type Place, type Step, steps } from './steps.ts';

/** What became of a step: a few words where it passed, else what went wrong. */
export interface StepResult {
  readonly name: string;
  readonly words?: string;
  readonly fault?: string;
}

export interface CellResult {
  readonly cell: Cell;
  /** Of each step, in order; one that was not run has neither words nor a fault. */
  readonly steps: readonly StepResult[];
  readonly tookMs: number;
}

export const hasPassed = (result: CellResult): boolean => result.steps.every(({ words }) => words !== undefined);

/** Runs a cell in a temporary folder, of which nothing stays. Needs the built libs, npm's registry and a Redis. */
export async function runCell(cell: Cell, redisUrl: string): Promise<CellResult> {
  const startedMs = performance.now();
  const node = await nodeOf(cell);
  const folder = mkdtempSync(join(tmpdir(), `nestfleet-${nameOf(cell)}-`));
  const namespace = `${nameOf(cell)}-${randomUUID().slice(0, 8)}`;
  const place: Place = { cell, folder, app: join(folder, 'shop'), node, redisUrl, namespace };
  const results: StepResult[] = [];
  try {
    let goesOn = true;
    for (const step of steps) {
      const result: StepResult = goesOn ? await resultOf(step, place) : { name: step.name };
      results.push(result);
      goesOn &&= result.fault === undefined || !step.isNeeded;
    }
  } finally {
    place.running?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  return { cell, steps: results, tookMs: performance.now() - startedMs };
}

async function resultOf({ name, run }: Step, place: Place): Promise<StepResult> {
  try {
    return { name, words: await run(place) };
  } catch (fault) {
    return { name, fault: fault instanceof Error ? fault.message : String(fault) };
  }
}
