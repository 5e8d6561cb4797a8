import { join, resolve } from 'node:path';
import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import { provedBugs } from './proved-bugs.ts';
import { run } from '../driver/make-fleet.ts';

const root = resolve(import.meta.dirname, '../../../..');
const BUILD_WITHIN_MS = 120_000;

/**
 * Faults that a bundle can be built with, to show that a proof finds them: a define (libs/service, seeded-bug.ts),
 * and patches of the sources.
 */
export const SEEDED_BUGS: readonly string[] = ['no-drain', ...provedBugs.map(({ name }) => name)];

/**
 * Builds the apps otherwise than `make build` does. The dashboard is the one that was built last.
 * @returns the folder of the bundles
 * @throws with the bundler's words
 */
async function buildVariant(what: 'seeded' | 'version', word: string, apps = SERVICE_NAMES): Promise<string> {
  for (const app of apps) {
    const args = ['tools/rolldown.mjs', 'build', `apps/${app}`, `--${what}=${word}`];
    const { code, output } = await run(process.execPath, args, process.env, BUILD_WITHIN_MS);
    if (code !== 0) throw new Error(`${app} could not be built: ${output}`);
  }
  return join(root, 'dist/variants', word);
}

/** With a fault inside. */
export const buildSeeded = (seeded: string, apps?: readonly ServiceName[]): Promise<string> =>
  buildVariant('seeded', seeded, apps);
/** As another release. */
export const buildVersion = (version: string): Promise<string> => buildVariant('version', version);
