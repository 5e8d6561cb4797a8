import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cell } from './cells.ts';
import { strangersEnv } from './npm.ts';
import { run } from './run.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures');
const GENERATE_TIMEOUT_MS = 60_000;
const NAME = 'shop';

/**
 * Makes the app of a cell below `folder` as `nest new` does, and writes into it what its team would: a controller, a queue
 * with its processor, and `main.ts` for its platform.
 */
export async function generateApp(
  cell: Cell,
  { folder, node, cli }: { folder: string; node: string; cli: string },
): Promise<string> {
  const words = ['new', NAME, '--skip-git', '--skip-install', '--package-manager', 'npm'];
  const options = { cwd: folder, env: strangersEnv(node), timeoutMs: GENERATE_TIMEOUT_MS };
  await run('nest new', [node, cli, ...words], options);
  const app = join(folder, NAME);
  cpSync(join(fixtures, 'app'), app, { recursive: true });
  cpSync(join(fixtures, 'main', `${cell.platform}.ts`), join(app, 'src/main.ts'));
  return app;
}
