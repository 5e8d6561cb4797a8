import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RowResult, runSteps } from '../run-steps.ts';
import { appOf, initSteps, type Place } from './init-steps.ts';
import type { Layout } from './layouts.ts';

/** Tries a layout in a temporary folder, of which nothing stays. Needs what was built, npm's registry and a Consul. */
export async function runLayout(layout: Layout, consulAddress: string): Promise<RowResult> {
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `nestfleet-init-${layout.name}-`));
  const consul = consulAddress.includes('://') ? consulAddress : `http://${consulAddress}`;
  const place: Place = { layout, folder, app: appOf(folder), consul };
  try {
    return { name: layout.name, steps: await runSteps(initSteps, place), tookMs: performance.now() - startedMs };
  } finally {
    place.running?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
