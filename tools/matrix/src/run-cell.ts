import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cell, nameOf } from './cells.ts';
import { nodeOf } from './programs.ts';
import { type RowResult, runSteps } from './run-steps.ts';
import { type Place, steps } from './steps.ts';

/** Runs a cell in a temporary folder, of which nothing stays. Needs the built libs, npm's registry and a Redis. */
export async function runCell(cell: Cell, redisUrl: string): Promise<RowResult> {
  const startedMs = performance.now();
  const node = await nodeOf(cell);
  const name = nameOf(cell);
  const folder = mkdtempSync(join(tmpdir(), `nestfleet-${name}-`));
  const namespace = `${name}-${randomUUID().slice(0, 8)}`;
  const place: Place = { cell, folder, app: join(folder, 'shop'), node, redisUrl, namespace };
  try {
    return { name, steps: await runSteps(steps, place), tookMs: performance.now() - startedMs };
  } finally {
    place.running?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
