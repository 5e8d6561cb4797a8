import { join, resolve } from 'node:path';
import { run } from './make-fleet.ts';

const root = resolve(import.meta.dirname, '../../../..');
const BUILD_WITHIN_MS = 120_000;

/** Faults that a bundle can be built with (libs/service-defaults, planted.ts), to show that a proof finds them. */
export const PLANTED = ['no-drain'] as const;
export type Planted = (typeof PLANTED)[number];

/**
 * Builds the apps with a fault inside. The dashboard is the one that was built last.
 * @returns the folder of the bundles
 * @throws with the bundler's words
 */
export async function buildPlanted(planted: Planted): Promise<string> {
  for (const app of ['api', 'frontend-gateway', 'worker']) {
    const args = ['tools/rolldown.mjs', 'build', `apps/${app}`, `--planted=${planted}`];
    const { code, output } = await run(process.execPath, args, process.env, BUILD_WITHIN_MS);
    if (code !== 0) throw new Error(`${app} could not be built: ${output}`);
  }
  return join(root, 'dist/planted', planted);
}
